import { describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { nodeChannel } from '../../src/scripts/keys';
import { type OpenInbox, openInbox } from './open-inbox';
import { freshDevice, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();
const shards = 3;

async function listening(link = rig.link, url = rig.server.url): Promise<OpenInbox> {
  const open = openInbox(rig, { shards, link, url });
  await eventually(() => expect(open.inbox.isListening).toBe(true));
  return open;
}

async function expectHears({ node, notices }: OpenInbox): Promise<void> {
  for (let shard = 0; shard < shards; shard += 1) {
    const device = freshDevice();
    const before = notices.length;
    await rig.hold(shard, device, node);
    expect(await rig.accept(shard, messagesTo(device, 1))).toMatchObject([{ status: 'delivered' }]);
    await eventually(() => expect(notices.slice(before)).toMatchObject([{ kind: 'message', device }]));
  }
}

describe('a subscriber', () => {
  test('whose connection Redis closes listens again by itself', async () => {
    const open = await listening();
    expect(await rig.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBeGreaterThan(0);
    await eventually(() => expect(open.events).toEqual(['listening', 'listening']));
    await expectHears(open);
  });

  test('survives being closed time and again', async () => {
    const open = await listening();
    for (let round = 1; round <= 5; round += 1) {
      await rig.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      const heard = round + 1;
      await eventually(() =>
        expect(open.events.filter((event) => event === 'listening').length).toBeGreaterThanOrEqual(heard),
      );
    }
    await eventually(() => expect(open.inbox.isListening).toBe(true));
    await expectHears(open);
  });

  test('that Redis unsubscribes behind its back is replaced within some seconds', async () => {
    const open = await listening();
    await dropChannel(nodeChannel(1, open.node));
    expect(open.inbox.isListening).toBe(true);
    await eventually(() => expect(open.events).toContain('replaced: no probe came back, 3 in a row'));
    await eventually(() => expect(open.events.at(-1)).toBe('listening'));
    expect(open.inbox.isDeaf).toBe(false);
    await expectHears(open);
  });

  test('is not taken for deaf after a time in which no probe could be sent', async () => {
    let leaptMs = 0;
    const open = openInbox(rig, { shards, clock: () => performance.now() + leaptMs });
    await eventually(() => expect(open.inbox.isListening).toBe(true));
    leaptMs = 10_000; // as when the process was stopped, or Redis was unavailable
    expect(open.inbox.probeAgeMs).toBeGreaterThan(9000);
    await eventually(() => expect(open.inbox.probeAgeMs).toBeLessThan(2000));
    expect(open.events).toEqual(['listening']);
  });

  test('goes and comes back with its Redis', async () => {
    const server = await rig.ownRedis();
    const link = await rig.openLink({ url: server.url });
    const open = await listening(link, server.url);
    server.kill('SIGKILL');
    await eventually(() => expect(open.inbox.isListening).toBe(false));
    await server.restart();
    await eventually(() => expect(open.inbox.isListening).toBe(true));
    const channel = nodeChannel(0, open.node);
    expect(await link.ofEachMaster((redis) => redis.pubsub('SHARDNUMSUB', channel))).toEqual([[channel, 1]]);
  });
});

/**
 * Makes the one server give the channel's slot away and take it back, as when a cluster is resharded: subscribers of
 * the slot lose their channels, and their connections stay.
 */
async function dropChannel(channel: string): Promise<void> {
  const slot = await rig.redis.cluster('KEYSLOT', channel);
  await rig.redis.multi().call('CLUSTER', 'DELSLOTS', slot).call('CLUSTER', 'ADDSLOTS', slot).exec();
  await eventually(async () => expect(await rig.redis.cluster('INFO')).toContain('cluster_state:ok'));
  expect(await rig.redis.pubsub('SHARDNUMSUB', channel)).toEqual([channel, 0]);
}
