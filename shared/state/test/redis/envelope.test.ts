import { describe, expect, test } from '@jest/globals';
import { Sealed } from '@openrelay/protocol';
import { type Envelope, envelopeBytes } from '../../src/index';
import { envelopeOf, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

async function throughQueue(envelope: Envelope) {
  const { shard, device } = await rig.known();
  const [accepted] = await rig.accept(shard, [messageTo(device, { envelope })]);
  const { session } = await rig.hold(shard, device);
  const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
  if (page?.status !== 'page') throw new Error('gone');
  return { accepted, message: page.messages[0]! };
}

describe('an envelope comes out of its queue as it went in', () => {
  test.each([
    { what: 'JSON text', sealed: new Sealed('json', '{"type":"Receive","payload":{"n":18446744073709551615}}') },
    { what: 'text that is not ASCII', sealed: new Sealed('json', '{"note":"é 😀 \u2028 ключ"}') },
    { what: 'text as bytes', sealed: new Sealed('json', Buffer.from('{"note":"é"}')) },
    { what: 'MessagePack bytes', sealed: new Sealed('msgpack', everyByte) },
    { what: 'nothing', sealed: new Sealed('msgpack', new Uint8Array(0)) },
  ])('with $what', async ({ sealed }) => {
    const sent = envelopeOf({ sealed });
    const { accepted, message } = await throughQueue(sent);
    expect(message.envelope).toMatchObject({ sender: sent.sender, id: sent.id, ackable: true });
    expect(message.envelope.sealed.encoding).toBe(sealed.encoding);
    expect(Buffer.from(message.envelope.sealed.frame)).toEqual(Buffer.from(sealed.frame));
    expect(accepted).toMatchObject({ expiresAtMs: message.expiresAtMs });
    expect(message.expiresAtMs - message.acceptedAtMs).toBe(60_000);
  });

  test.each([0, 15, 16, 127, 128, 150, 160, 255, 256, 65_535, 65_536, 1_000_000])(
    'with a frame of %d bytes',
    async (length) => {
      const sealed = new Sealed('msgpack', Buffer.alloc(length, 0xc1));
      const sent = envelopeOf({ sealed });
      const { message } = await throughQueue(sent);
      expect(message.envelope.sealed.frame).toHaveLength(length);
      expect(message.bytes).toBe(envelopeBytes(sent));
    },
  );

  test('large and small in one call, also to a Redis that has forgotten its scripts', async () => {
    const { shard, device } = await rig.known();
    const frames = [
      Buffer.alloc(20_000, 1),
      Buffer.from('small'),
      'é\u2028"'.repeat(9000),
      everyByte,
      Buffer.alloc(70_001, 2),
    ];
    const messages = frames.map((frame) => {
      return messageTo(device, { envelope: envelopeOf({ sealed: new Sealed('json', frame) }) });
    });
    const [first, second] = [messages.slice(0, 3), messages.slice(3)];
    expect(await rig.accept(shard, first)).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
    await rig.redis.script('FLUSH');
    expect(await rig.accept(shard, second)).toMatchObject([{ seq: 4 }, { seq: 5 }]);

    const { session } = await rig.hold(shard, device);
    const [page] = await rig.queue().pull(shard, [{ device, session, cursor: 0 }]);
    if (page?.status !== 'page') throw new Error('gone');
    const read = page.messages.map(({ envelope }) => Buffer.from(envelope.sealed.frame));
    expect(read).toEqual(frames.map((frame) => Buffer.from(frame)));
    expect(page.messages.map(({ bytes }) => bytes)).toEqual(messages.map(({ envelope }) => envelopeBytes(envelope)));
  });

  test('with every length of sender and id, acknowledgeable or not', async () => {
    for (const length of [0, 15, 16, 31, 32, 64, 127, 128, 255, 256]) {
      const sent = envelopeOf({ sender: 'S'.repeat(length), id: 'i'.repeat(length), ackable: length % 2 === 0 });
      const { message } = await throughQueue(sent);
      expect(message.envelope).toMatchObject({ sender: sent.sender, id: sent.id, ackable: sent.ackable });
      expect(message.bytes).toBe(envelopeBytes(sent));
    }
  });
});
