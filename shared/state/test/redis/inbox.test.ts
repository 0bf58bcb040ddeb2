import { describe, expect, test } from '@jest/globals';
import { Sealed } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { Packr } from 'msgpackr';
import { Forwarder } from '../../src/index';
import { nodeChannel } from '../../src/scripts/keys';
import { type OpenInbox, openInbox } from './open-inbox';
import { envelopeOf, envelopeOfSize, freshDevice, messagesTo, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const packr = new Packr({ useRecords: false });
const shards = 4;

async function listening(): Promise<OpenInbox> {
  const open = openInbox(rig, { shards });
  await eventually(() => expect(open.inbox.isListening).toBe(true));
  return open;
}

describe('a node hears', () => {
  test('of the messages for its devices, of every shard, with all that came along', async () => {
    const { notices, node } = await listening();
    const frame = Buffer.from([0x81, 0xc4, 0, 255]);
    for (let shard = 0; shard < shards; shard += 1) {
      const device = freshDevice();
      const { session } = await rig.hold(shard, device, node);
      const envelope = envelopeOf({ sealed: new Sealed('msgpack', frame), ackable: false });
      const [answer] = await rig.accept(shard, [messageTo(device, { envelope })]);
      await eventually(() => expect(notices).toHaveLength(shard + 1));
      const notice = notices[shard]!;
      if (notice.kind !== 'message') throw new Error(notice.kind);
      expect(notice).toMatchObject({ device, session, message: { seq: 1 } });
      const { message } = notice;
      expect(message.envelope).toMatchObject({ sender: envelope.sender, id: envelope.id, ackable: false });
      expect(Buffer.from(message.envelope.sealed.frame)).toEqual(frame);
      expect(answer).toMatchObject({ status: 'delivered', expiresAtMs: message.expiresAtMs });
      expect(await rig.acknowledge(shard, [{ device, session, seq: 1, bytes: message.bytes }])).toEqual(['taken']);
      expect(await rig.depth(shard, device)).toBe(0);
    }
  });

  test('of a batch in order', async () => {
    const { notices, node } = await listening();
    const device = freshDevice();
    await rig.hold(1, device, node);
    await rig.accept(1, messagesTo(device, 64));
    await eventually(() => expect(notices).toHaveLength(64));
    const numbers = notices.map((notice) => (notice.kind === 'message' ? notice.message.seq : 0));
    expect(numbers).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });

  test('of a message too large to publish that it lies there', async () => {
    const { notices, node } = await listening();
    const device = freshDevice();
    const { session } = await rig.hold(2, device, node);
    await rig.accept(2, [messageTo(device, { envelope: envelopeOfSize(100_000) })]);
    await eventually(() => expect(notices).toEqual([{ kind: 'wake', device, session, seq: 1 }]));
  });

  test('of connections that were replaced', async () => {
    const { notices, node } = await listening();
    const device = freshDevice();
    const { session } = await rig.hold(3, device, node);
    await rig.hold(3, device);
    await eventually(() => expect(notices).toEqual([{ kind: 'replaced', device, session }]));
  });

  test('of messages that are not stored', async () => {
    const { notices, node } = await listening();
    const device = freshDevice();
    const { session } = await rig.hold(0, device, node);
    const envelope = envelopeOf({ sealed: new Sealed('json', '{"note":"é 😀"}') });
    const forwarder = new Forwarder(rig.link, rig.node);
    await forwarder.forward(0, [{ shard: 0, recipient: device, envelope, number: 1, kind: 'message' }], rig.deadlineMs);
    await eventually(() => expect(notices).toHaveLength(1));
    const [notice] = notices;
    if (notice?.kind !== 'live' || typeof notice.content === 'string') throw new Error('not live');
    expect(notice).toMatchObject({ device, session, content: { sender: envelope.sender, id: envelope.id } });
    expect(String(Buffer.from(notice.content.sealed.frame))).toBe('{"note":"é 😀"}');
  });

  test('nothing of kinds that it does not know, and goes on listening', async () => {
    const { notices, node } = await listening();
    const device = freshDevice();
    const { session } = await rig.hold(0, device, node);
    await rig.redis.spublish(nodeChannel(0, node), Buffer.from([0x91, 0xa5, ...Buffer.from('newer')]));
    await rig.hold(0, device);
    await eventually(() => expect(notices).toEqual([{ kind: 'replaced', device, session }]));
  });

  test.each<[string, unknown]>([
    ['is no array', 'replaced'],
    ['is for nobody', ['replaced', 7, 'session']],
    ['has no number', ['wake', 'device', 'session']],
    ['has a number that is none', ['wake', 'device', 'session', Number.NaN]],
    ['has a number beyond all', ['wake', 'device', 'session', 1e300]],
    ['has no message', ['message', 'device', 'session', 1]],
    ['has no envelope', ['message', 'device', 'session', 1, Buffer.from([0xc1])]],
    ['has an envelope of something else', ['message', 'device', 'session', 1, packr.pack('x')]],
    ['is a live one of nothing', ['live', 'device']],
    ['answers nothing', ['answered', 1, 'eaten']],
  ])('what came along with one that %s, which is dropped and counted', async (_what, broken) => {
    const { notices, events, node } = await listening();
    const good = [1, 2].map((seq) => ['wake', 'device', 'session', seq]);
    await rig.redis.spublish(
      nodeChannel(0, node),
      Buffer.concat([good[0], broken, good[1]].map((one) => packr.pack(one))),
    );
    await eventually(() => expect(notices).toMatchObject([{ seq: 1 }, { seq: 2 }]));
    expect(events).toEqual(['listening', 'unreadable: 1', 'missed: 0']);
  });

  test('what came before bytes that are no notice at all', async () => {
    const { notices, events, node } = await listening();
    const good = packr.pack(['wake', 'device', 'session', 1]);
    await rig.redis.spublish(nodeChannel(0, node), Buffer.concat([good, Buffer.from([0x94, 0xa4])]));
    await rig.redis.spublish(nodeChannel(0, node), good);
    await eventually(() => expect(notices).toMatchObject([{ seq: 1 }, { seq: 1 }]));
    expect(events).toEqual(['listening', 'unreadable: 1', 'missed: 0']);
  });

  test('nothing of what is for another node', async () => {
    const [one, other] = [await listening(), await listening()];
    const [device, fence] = [freshDevice(), freshDevice()];
    await rig.hold(0, device, one.node);
    await rig.hold(0, fence, other.node);
    await rig.accept(0, [messageTo(device), messageTo(fence)]);
    await eventually(() => expect(one.notices).toMatchObject([{ device }]));
    await eventually(() => expect(other.notices).toMatchObject([{ device: fence }]));
  });
});

describe('an inbox', () => {
  test('is deaf before it has started, and not once it listens', async () => {
    const open = openInbox(rig, { shards });
    expect(open.inbox.isListening).toBe(false);
    await eventually(() => expect(open.events).toEqual(['listening']));
    expect(open.inbox.isDeaf).toBe(false);
  });

  test('hears its own probes, on every channel, and tells nobody of them', async () => {
    const { inbox, notices } = await listening();
    const listeningSinceMs = performance.now();
    await eventually(() => expect(inbox.probeAgeMs).toBeLessThan(performance.now() - listeningSinceMs - 500));
    expect(notices).toEqual([]);
  });

  test('that was stopped hears nothing more, and its registrations are found dead', async () => {
    const { inbox, node } = await listening();
    const device = freshDevice();
    await rig.hold(0, device, node);
    inbox.stop();
    expect(inbox.isListening).toBe(false);
    await eventually(async () =>
      expect(await rig.redis.pubsub('SHARDNUMSUB', nodeChannel(0, node))).toEqual([nodeChannel(0, node), 0]),
    );
    expect(await rig.accept(0, messagesTo(device, 1))).toMatchObject([{ status: 'queued' }]);
  });
});
