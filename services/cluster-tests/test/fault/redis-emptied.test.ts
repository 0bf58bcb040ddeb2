import { expect, test } from '@jest/globals';
import { startEdge } from '@openrelay/launch';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { connectDevice, exchange, registeredDevice, sendAndAwaitAck, untilReady } from '../../src';
import { end } from './fault-cluster';
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

test('of a Redis that was emptied what waited is gone, and devices are registered again by themselves', async () => {
  const [sender, recipient] = [await registeredDevice(lone.edge), await registeredDevice(lone.edge)];
  const absent = freshHardwareId();
  await sendAndAwaitAck(sender, absent);
  await lone.ask('FLUSHALL');
  await eventually(async () => {
    expect((await sendAndAwaitAck(sender, recipient.hardwareId)).answer.status).toBe('delivered');
  });
  const late = await connectDevice(lone.edge);
  expect((await late.register(absent)).payload.limits).toMatchObject({ queued: 0 });
  await exchange(sender, late);
});
