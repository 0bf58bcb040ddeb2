import { expect, test } from '@jest/globals';
import { startEdge } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { end, untilReady } from './fault-cluster';
import { loneEdgeSettings, useLoneEdge } from './use-lone-edge';

const lone = useLoneEdge();

/** An edge that was set up otherwise would split the queues. */
async function expectOthersRefused(): Promise<void> {
  const shards = () => lone.ask('HGET', 'or:deployment', 'shards');
  await eventually(async () => expect(await shards()).toBe('16'));
  const other = startEdge({ redisUrl: lone.redis.url, env: { ...loneEdgeSettings, RELAY_SHARDS: '8' } });
  await expect(other).rejects.toThrow('RELAY_SHARDS is 8');
}

test('the number of shards is agreed on again in a Redis that comes back empty', async () => {
  await end(lone.redis, 'SIGKILL');
  await lone.redis.restart();
  await untilReady(lone.edge);
  await expectOthersRefused();
});

test('the number of shards is agreed on again in a Redis that was emptied', async () => {
  await lone.ask('FLUSHALL');
  await expectOthersRefused();
});
