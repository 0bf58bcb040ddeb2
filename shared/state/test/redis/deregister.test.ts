import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();

function depart(shard: number, device: DeviceKey, session: string, manner: 'closed' | 'offline'): Promise<number> {
  return rig.registry().deregister(shard, [{ shard, device, session, manner }]);
}

describe('a connection that closes', () => {
  test('is forgotten with its device when nothing is queued', async () => {
    const { shard, device, session } = await rig.held();
    expect(await depart(shard, device, session, 'closed')).toBe(1);
    expect(await rig.redis.keys(`${shardPrefix(shard)}*`)).toEqual(
      expect.arrayContaining([`${shardPrefix(shard)}visitors`, rig.key(shard, 'registrations', device)]),
    );
  });

  test('leaves no entry in the expiry index when all that was queued is acknowledged', async () => {
    const { shard, device, session } = await rig.held();
    await rig.accept(shard, messagesTo(device, 1));
    await rig.acknowledge(shard, [{ shard, device, session, seq: 1, bytes: 100 }]);
    await depart(shard, device, session, 'closed');
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
    expect(await rig.redis.zcard(`${shardPrefix(shard)}expiry`)).toBe(0);
  });

  test('leaves the count of its queue behind when something is queued', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.accept(shard, messagesTo(device, 3));
    const { session } = await rig.hold(shard, device);
    await rig.registry().mark(shard, [{ shard, device, session, mark: 'backpressured' }]);
    expect(await depart(shard, device, session, 'closed')).toBe(1);
    const left = (await rig.mailbox(shard, device))!;
    expect(left).toMatchObject({ since: 0, node: '', session: '', flags: [], standing: 'seen', seq: 3 });
    expect(left.messages.size).toBe(3);
    expect(await rig.heldBy(shard, rig.node)).not.toContain(device);
    expect(await rig.accept(shard, messagesTo(device, 1))).toMatchObject([{ status: 'queued', seq: 4 }]);
    expect((await rig.hold(shard, device)).answer).toMatchObject({ seq: 4, depth: 4, replaced: '' });
  });

  test('late, when another holds the device, changes nothing', async () => {
    const { shard, device, session: older } = await rig.held();
    const { session } = await rig.hold(shard, device, freshName('node'));
    for (const manner of ['closed', 'offline'] as const) expect(await depart(shard, device, older, manner)).toBe(0);
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toMatchObject([{ status: 'holds' }]);
  });

  test('twice, or without ever having registered, changes nothing the second time', async () => {
    const { shard, device, session } = await rig.held();
    expect(await depart(shard, device, session, 'closed')).toBe(1);
    expect(await depart(shard, device, session, 'closed')).toBe(0);
    expect(await depart(shard, freshDevice(), session, 'closed')).toBe(0);
  });

  test('comes in a batch with others', async () => {
    const [shard, devices] = [freshShard(), [freshDevice(), freshDevice(), freshDevice()]];
    const departures = [];
    for (const device of devices) {
      departures.push({ shard, device, session: (await rig.hold(shard, device)).session, manner: 'closed' as const });
    }
    departures[1]!.session = freshName('session');
    expect(await rig.registry().deregister(shard, departures)).toBe(2);
    expect(await rig.heldBy(shard, rig.node)).toEqual([devices[1]]);
    expect(await rig.registry().deregister(shard, [])).toBe(0);
  });
});

describe('a device that is offline with its socket open', () => {
  test('is held by nobody as far as delivery goes', async () => {
    const { shard, device, session } = await rig.held();
    expect(await depart(shard, device, session, 'offline')).toBe(1);
    expect(await rig.registry().check(shard, [{ shard, device, session }])).toEqual([{ status: 'lost' }]);
    expect(await rig.redis.exists(rig.key(shard, 'node', rig.node))).toBe(0);
  });

  test('may still read and acknowledge', async () => {
    const { shard, device, session } = await rig.held();
    await rig.accept(shard, messagesTo(device, 2));
    await depart(shard, device, session, 'offline');
    const [page] = await rig.queue().pull(shard, [{ shard, device, session, cursor: 0 }]);
    expect(page).toMatchObject({ status: 'page', messages: [{ seq: 1 }, { seq: 2 }] });
    expect(await rig.acknowledge(shard, [{ shard, device, session, seq: 1, bytes: 100 }])).toEqual(['taken']);
  });

  test('comes back with a new session, and its queue where it was', async () => {
    const { shard, device, session } = await rig.held();
    await rig.accept(shard, messagesTo(device, 1));
    await depart(shard, device, session, 'offline');
    await rig.accept(shard, messagesTo(device, 2));
    expect((await rig.hold(shard, device)).answer).toMatchObject({ seq: 3, depth: 3, replaced: '' });
  });

  test('closes like any other', async () => {
    const { shard, device, session } = await rig.held();
    await depart(shard, device, session, 'offline');
    expect(await depart(shard, device, session, 'closed')).toBe(1);
    expect(await rig.redis.exists(rig.key(shard, 'box', device))).toBe(0);
  });
});
