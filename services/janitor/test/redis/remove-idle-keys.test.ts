import { beforeEach, describe, expect, test } from '@jest/globals';
import { removeIdleKeys } from '../../src/jobs/remove-idle-keys';
import { freshDevice, freshNode, hourMs, messagesTo, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();

beforeEach(() => rig.empty());

async function acknowledgeAll(shard: number, device: ReturnType<typeof freshDevice>, session: string): Promise<void> {
  const lane = rig.link.laneOf(shard);
  const [page] = await rig.queue.pull(lane, [{ shard, device, session, cursor: 0 }]);
  if (page?.status !== 'page') throw new Error('gone');
  const acks = page.messages.map(({ seq, bytes, envelope: { digest }, expiresAtMs }) => {
    return { shard, device, session, seq, bytes, digest, expiresAtMs };
  });
  await rig.queue.acknowledge(lane, acks);
}

describe('the removal of idle keys', () => {
  test('takes a queue out of the expiry index that was acknowledged to its end, and leaves all others', async () => {
    const [emptied, full] = [freshDevice(), freshDevice()];
    await rig.accept(0, [...messagesTo(emptied, 3, hourMs), ...messagesTo(full, 1, hourMs)]);
    const session = await rig.register(0, emptied);
    await acknowledgeAll(0, emptied, session);
    expect(await rig.redis.zcard('or:{0}:expiry')).toBe(2);
    expect(await removeIdleKeys(rig.work())).toMatchObject({ indexEntries: 1 });
    expect(await rig.redis.zrange('or:{0}:expiry', '0', '-1')).toEqual([full]);
    expect((await rig.mailbox(0, emptied)).session).toBe(session);
  });

  test('lets such a queue be indexed anew by its next message', async () => {
    const device = freshDevice();
    await rig.accept(0, messagesTo(device, 1, hourMs));
    await acknowledgeAll(0, device, await rig.register(0, device));
    await removeIdleKeys(rig.work());
    await rig.accept(0, messagesTo(device, 1, 2 * hourMs));
    expect(await rig.redis.zrange('or:{0}:expiry', '0', '-1')).toEqual([device]);
    expect(await rig.audits()).toEqual(Array(4).fill('balanced'));
  });

  test('forgets a device with neither holder nor queue, and what the index says of one that is gone', async () => {
    await rig.redis.hset('or:{0}:box:A', 'd', Buffer.alloc(20), 'b', Buffer.alloc(40));
    await rig.redis.zadd('or:{0}:expiry', Date.now() + hourMs, 'A', Date.now() + hourMs, 'B');
    expect(await removeIdleKeys(rig.work())).toMatchObject({ indexEntries: 2 });
    expect(await rig.keysOf(0)).toEqual([]);
  });

  test('goes through an index of many pages while entries leave it', async () => {
    const queues = 1500;
    for (let i = 0; i < queues; i += 1) await rig.accept(0, messagesTo(freshDevice(), 1, hourMs));
    const devices = await rig.redis.zrange('or:{0}:expiry', '0', '-1');
    const emptied = devices.filter((_, i) => i % 3 > 0);
    await rig.redis.del(...emptied.map((device) => `or:{0}:box:${device}`));
    expect(await removeIdleKeys(rig.work())).toMatchObject({ indexEntries: 1000 });
    expect(await rig.redis.zcard('or:{0}:expiry')).toBe(500);
  });

  test('takes out of the set of a living node what the node does not hold', async () => {
    const [node, held, expired, moved] = [freshNode(), freshDevice(), freshDevice(), freshDevice()];
    await rig.beat(node);
    for (const device of [held, expired, moved]) await rig.register(0, device, node);
    await rig.redis.del(`or:{0}:box:${expired}`); // as its lease does
    await rig.register(0, moved, freshNode());
    await rig.redis.sadd(`or:{0}:node:${node}`, Buffer.from(moved, 'hex')); // as if Redis had come back with older data
    expect(await removeIdleKeys(rig.work())).toMatchObject({ nodeEntries: 2 });
    expect(await rig.redis.smembersBuffer(`or:{0}:node:${node}`)).toEqual([Buffer.from(held, 'hex')]);
  });

  test('changes nothing where there is nothing idle, however often it runs', async () => {
    const [node, device] = [freshNode(), freshDevice()];
    await rig.beat(node);
    await rig.register(0, device, node);
    await rig.accept(0, messagesTo(freshDevice(), 5, hourMs));
    const before = await rig.keysOf(0);
    for (let run = 0; run < 2; run += 1) {
      expect(await removeIdleKeys(rig.work())).toEqual({ indexEntries: 0, nodeEntries: 0 });
    }
    expect(await rig.keysOf(0)).toEqual(before);
  });
});
