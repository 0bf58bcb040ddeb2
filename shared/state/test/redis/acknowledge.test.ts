import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import type { Acknowledged } from '../../src/index';
import { freshDevice, freshName, freshShard, messagesTo, useStateRig } from './state-rig';

const rig = useStateRig();

type Held = { shard: number; device: DeviceKey; session: string; bytes: number };

async function holdWith(count: number, shard = freshShard()): Promise<Held> {
  const device = freshDevice();
  await rig.accept(shard, messagesTo(device, count));
  const { session } = await rig.hold(shard, device);
  const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
  if (page?.status !== 'page') throw new Error('gone');
  return { shard, device, session, bytes: page.messages[0]!.bytes };
}

function ack({ shard, device, session, bytes }: Held, ...numbers: number[]): Promise<Acknowledged[]> {
  return rig.acknowledge(
    shard,
    numbers.map((seq) => ({ device, session, seq, bytes })),
  );
}

async function left({ shard, device }: Held): Promise<{ numbers: number[]; bytes: number }> {
  const { messages } = (await rig.mailbox(shard, device))!;
  return { numbers: [...messages.keys()], bytes: await rig.bookedBytes(shard) };
}

describe('an acknowledgement', () => {
  test('takes its message out, with its bytes, and is counted', async () => {
    const held = await holdWith(3);
    expect(await ack(held, 2)).toEqual(['taken']);
    expect(await left(held)).toEqual({ numbers: [1, 3], bytes: 2 * held.bytes });
    expect(await rig.ledger(held.shard)).toEqual({ accepted: 3, acked: 1, expired: 0 });
  });

  test('given twice counts once, within a batch and across', async () => {
    const held = await holdWith(3);
    expect(await ack(held, 2, 2)).toEqual(['taken', 'missing']);
    expect(await ack(held, 2)).toEqual(['missing']);
    expect(await left(held)).toEqual({ numbers: [1, 3], bytes: 2 * held.bytes });
    expect((await rig.ledger(held.shard)).acked).toBe(1);
  });

  test('of what is not there changes nothing', async () => {
    const held = await holdWith(1);
    expect(await ack(held, 0, 2, 1_000_000)).toEqual(['missing', 'missing', 'missing']);
    expect(await left(held)).toEqual({ numbers: [1], bytes: held.bytes });
  });

  test('of all empties the mailbox, which its holder keeps', async () => {
    const held = await holdWith(3);
    expect(await ack(held, 3, 1, 2)).toEqual(['taken', 'taken', 'taken']);
    expect(await left(held)).toEqual({ numbers: [], bytes: 0 });
    expect(await rig.redis.hlen(rig.key(held.shard, 'box', held.device))).toBe(2);
  });

  test('of a session that does not hold the device changes nothing', async () => {
    const held = await holdWith(2);
    expect(await ack({ ...held, session: freshName('session') }, 1)).toEqual(['notHeld']);
    const { session } = await rig.hold(held.shard, held.device);
    expect(await ack(held, 1)).toEqual(['notHeld']);
    expect(await left(held)).toEqual({ numbers: [1, 2], bytes: 2 * held.bytes });
    expect(await ack({ ...held, session }, 1)).toEqual(['taken']);
  });

  test('of a device that is closed, or was never there, changes nothing', async () => {
    const held = await holdWith(1);
    await rig.registry().deregister(held.shard, [{ ...held, manner: 'closed' }]);
    expect(await ack(held, 1)).toEqual(['notHeld']);
    expect(await ack({ ...held, device: freshDevice() }, 1)).toEqual(['notHeld']);
    expect(await rig.ledger(held.shard)).toEqual({ accepted: 1, acked: 0, expired: 0 });
  });

  test('of a device that is offline still counts', async () => {
    const held = await holdWith(2);
    await rig.registry().deregister(held.shard, [{ ...held, manner: 'offline' }]);
    expect(await ack(held, 1)).toEqual(['taken']);
    expect((await left(held)).numbers).toEqual([2]);
  });

  test('of another device cannot take out mine', async () => {
    const mine = await holdWith(1);
    const other = await holdWith(1, mine.shard);
    expect(await ack({ ...mine, session: other.session }, 1)).toEqual(['notHeld']);
    expect((await left(mine)).numbers).toEqual([1]);
  });

  test('comes in batches of several devices', async () => {
    const shard = freshShard();
    const [one, other] = [await holdWith(3, shard), await holdWith(3, shard)];
    const acks = [one, other, one].map(({ device, session, bytes }, i) => ({ device, session, seq: i + 1, bytes }));
    expect(await rig.acknowledge(shard, acks)).toEqual(['taken', 'taken', 'taken']);
    expect(await left(one)).toEqual({ numbers: [2], bytes: 3 * one.bytes });
    expect(await left(other)).toEqual({ numbers: [1, 3], bytes: 3 * one.bytes });
    expect(await rig.acknowledge(shard, [])).toEqual([]);
  });
});
