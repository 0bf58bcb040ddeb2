import { describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { envelopeBytes } from '../../src/index';
import { unpackEnvelope } from '../../src/messages/envelope';
import { envelopeOfSize, freshDevice, freshName, freshShard, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();

describe('a message for a device', () => {
  test('that nobody holds is queued', async () => {
    expect(await rig.accept(freshShard(), messagesTo(freshDevice(), 1))).toMatchObject([{ status: 'queued' }]);
  });

  test('that the asking node holds is left to that node, and published to nobody', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const heard = await rig.listen(shard, rig.node);
    const { session } = await rig.hold(shard, device);
    expect(await rig.accept(shard, messagesTo(device, 2))).toMatchObject([
      { status: 'local', seq: 1, session },
      { status: 'local', seq: 2, session },
    ]);
    await rig.redis.spublish(`or:{${shard}}:to:${rig.node}`, Buffer.from([0x90]));
    await eventually(() => expect(heard.records).toEqual([[]]));
  });

  test('that another node holds is published there as it lies in the queue', async () => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    const { session } = await rig.hold(shard, device, node);
    const message = messageTo(device);
    const [answer] = await rig.accept(shard, [message]);
    expect(answer).toMatchObject({ status: 'delivered', seq: 1 });
    await eventually(() => expect(heard.records).toHaveLength(1));
    const [record] = heard.records as [[string, string, string, number, Buffer]];
    expect(record.slice(0, 4)).toEqual(['message', device, session, 1]);
    expect(Buffer.from(record[4])).toEqual((await rig.mailbox(shard, device))?.messages.get(1));
    const arrived = unpackEnvelope(record[4])!;
    expect(answer).toMatchObject({ expiresAtMs: arrived.expiresAtMs });
    expect(arrived.envelope).toMatchObject({ sender: message.envelope.sender, id: message.envelope.id });
  });

  test('comes in one publish with all the others of the batch for that node', async () => {
    const [shard, one, other, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    await rig.hold(shard, one, node);
    await rig.hold(shard, other, node);
    await rig.accept(shard, [...messagesTo(one, 2), ...messagesTo(other, 2), messageTo(freshDevice()), messageTo(one)]);
    await eventually(() => expect(heard.batches).toEqual([5]));
    const numbersOf = (device: string) =>
      heard.records.filter((record) => record[1] === device).map((record) => record[3]);
    expect([numbersOf(one), numbersOf(other)]).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
  });

  test('goes to the node of its recipient, and to no other', async () => {
    const [shard, one, other] = [freshShard(), freshDevice(), freshDevice()];
    const [nodeA, nodeB] = [freshName('node'), freshName('node')];
    const [heardA, heardB] = [await rig.listen(shard, nodeA), await rig.listen(shard, nodeB)];
    await rig.hold(shard, one, nodeA);
    await rig.hold(shard, other, nodeB);
    const answers = await rig.accept(shard, [messageTo(one), messageTo(other)]);
    expect(answers).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
    await eventually(() => expect([heardA.records[0]?.[1], heardB.records[0]?.[1]]).toEqual([one, other]));
  });

  test.each([0, 1])('of 64 KiB and %d bytes is published or announced by its size', async (over) => {
    const [shard, device, node] = [freshShard(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    const { session } = await rig.hold(shard, device, node);
    const around = envelopeBytes(envelopeOfSize(60_000)) - 60_000;
    const message = messageTo(device, { envelope: envelopeOfSize(64 * 1024 - around + over) });
    expect(await rig.accept(shard, [message])).toMatchObject([{ status: 'delivered', seq: 1 }]);
    await eventually(() => expect(heard.records).toHaveLength(1));
    const kind = over === 0 ? 'message' : 'wake';
    expect(heard.records[0]!.slice(0, 4)).toEqual([kind, device, session, 1]);
  });

  test('whose socket is backed up on another node is announced there, and called queued', async () => {
    const [shard, behind, keeping, node] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    const heard = await rig.listen(shard, node);
    const { session } = await rig.hold(shard, behind, node);
    await rig.hold(shard, keeping, node);
    await rig.registry(node).mark(shard, [{ shard, device: behind, session, mark: 'backpressured' }]);
    const answers = await rig.accept(shard, [messageTo(behind), messageTo(keeping), messageTo(behind)]);
    expect(answers.map(({ status }) => status)).toEqual(['queued', 'delivered', 'queued']);
    await eventually(() => expect(heard.records).toHaveLength(3));
    const wakes = heard.records.filter(([kind]) => kind === 'wake');
    expect(wakes).toEqual([1, 2].map((seq) => ['wake', behind, session, seq]));
    expect(await rig.registry(node).check(shard, [{ shard, device: behind, session }])).toEqual([
      { status: 'holds', seq: 2 },
    ]);
  });

  test('that is offline with its socket open is queued', async () => {
    const { shard, device, session } = await rig.held();
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'offline' }]);
    expect(await rig.accept(shard, messagesTo(device, 1))).toMatchObject([{ status: 'queued', seq: 1 }]);
  });
});

describe('a node that nobody hears', () => {
  test('is dead: its messages are queued, and what it held is held by nobody', async () => {
    const [shard, device, live, dead] = [freshShard(), freshDevice(), freshDevice(), freshName('node')];
    await rig.hold(shard, device, dead);
    await rig.hold(shard, live);
    const answers = await rig.accept(shard, [...messagesTo(device, 2), messageTo(live)]);
    expect(answers).toMatchObject([{ status: 'queued', seq: 1 }, { status: 'queued', seq: 2 }, { status: 'local' }]);
    expect(await rig.mailbox(shard, device)).toMatchObject({ node: '', session: '', since: 0, seq: 2, flags: [] });
    expect(await rig.heldBy(shard, dead)).not.toContain(device);
  });

  test('leaves no mark on a connection whose socket was backed up', async () => {
    const [shard, device, dead] = [freshShard(), freshDevice(), freshName('node')];
    const { session } = await rig.hold(shard, device, dead);
    await rig.registry(dead).mark(shard, [{ shard, device, session, mark: 'backpressured' }]);
    await rig.accept(shard, messagesTo(device, 1));
    expect(await rig.mailbox(shard, device)).toMatchObject({ session: '', flags: [] });
  });

  test('loses nothing: what was queued is there for the next registration', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await rig.hold(shard, device, freshName('node'));
    await rig.accept(shard, messagesTo(device, 3));
    expect((await rig.hold(shard, device)).answer).toMatchObject({
      status: 'registered',
      seq: 3,
      depth: 3,
      replaced: '',
    });
  });
});
