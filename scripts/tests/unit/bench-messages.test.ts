import { describe, expect, test } from '@jest/globals';
import { frameReader } from '../../src/bench/wire/frame-reader';
import { holdsSealed, readInbound } from '../../src/bench/wire/inbound';
import { ackText, type FlowIdentity, messageFrames, sealedText, sendText } from '../../src/bench/wire/message-frames';
import { flowPrefix, messageId, readSequence } from '../../src/bench/wire/message-id';

const identity: FlowIdentity = { run: '0badcafe', flow: 0xabcd, senderId: 'A'.repeat(64), recipientId: 'B'.repeat(64) };
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What a relay reads: masked with 0, so only the mask bit and the key are taken out. */
function textsIn(frames: Buffer): string[] {
  const texts: string[] = [];
  let offset = 0;
  while (offset < frames.length) {
    const short = frames[offset + 1]! & 0x7f;
    const start = offset + (short === 126 ? 8 : 6);
    const end = start + (short === 126 ? frames.readUInt16BE(offset + 2) : short);
    texts.push(frames.toString('utf8', start, end));
    offset = end;
  }
  return texts;
}

function inboundOf(text: string) {
  const bytes = Buffer.from(`....${text}....`);
  return { bytes, inbound: readInbound(bytes, 4, bytes.length - 4) };
}

describe('a message id', () => {
  test.each([0, 1, 255, 65_536, 0xffffffff])('is a UUID that tells run, flow and sequence number %i', (sequence) => {
    const id = messageId('0badcafe', 77, sequence);
    expect(id).toMatch(uuidPattern);
    const bytes = Buffer.from(`  ${id}`);
    expect(readSequence(bytes, 2, flowPrefix('0badcafe', 77))).toBe(sequence);
    for (const other of [flowPrefix('0badcaff', 77), flowPrefix('0badcafe', 78)]) {
      expect(readSequence(bytes, 2, other)).toBe(-1);
    }
  });

  test('of another make has no sequence number', () => {
    const prefix = flowPrefix('0badcafe', 1);
    for (const text of ['0badcafe-0001-4000-8000-00000000000g', '0badcafe-0001-4000-8000-0000000000', '0badcafe']) {
      expect(readSequence(Buffer.from(text), 0, prefix)).toBe(-1);
    }
  });
});

describe('the frames of a flow', () => {
  test('are whole Send messages that differ in their id alone', () => {
    const sealed = sealedText(512);
    const frames = messageFrames(sendText(identity, sealed, 0, 1_700_000_000), identity);
    const texts = textsIn(frames([7, 70_000]));
    expect(texts).toEqual([7, 70_000].map((sequence) => sendText(identity, sealed, sequence, 1_700_000_000)));
    expect(JSON.parse(texts[0]!)).toEqual({
      type: 'Send',
      payload: {
        recipient_id: identity.recipientId,
        sender_id: identity.senderId,
        encrypted_data: sealed,
        message_id: messageId('0badcafe', 0xabcd, 7),
        timestamp: 1_700_000_000,
        ttl: 300,
        signature: null,
        hardware_id: identity.senderId,
        content_type: 'Text',
        size_bytes: 512,
      },
    });
  });

  test('are Acks of exactly the messages that were received', () => {
    const frames = messageFrames(ackText(identity, 0), identity);
    expect(textsIn(frames([3, 1]))).toEqual([ackText(identity, 3), ackText(identity, 1)]);
  });

  test('cannot be made from a text without the id', () => {
    expect(() => messageFrames('{}', identity)).toThrow('id');
  });
});

describe('what a relay sends', () => {
  const sealed = sealedText(512);
  const payload = JSON.parse(sendText(identity, sealed, 42, 0)).payload as object;

  test.each([
    ['as usual', JSON.stringify({ type: 'Receive', payload })],
    ['with its keys in another order', JSON.stringify({ payload, type: 'Receive' })],
    ['with white space', JSON.stringify({ type: 'Receive', payload }, null, 2)],
  ])('is read as a Receive %s', (_, text) => {
    const { bytes, inbound } = inboundOf(text);
    expect(inbound.type).toBe('Receive');
    expect(
      inbound.type === 'Receive' ? readSequence(bytes, inbound.idOffset, flowPrefix('0badcafe', 0xabcd)) : null,
    ).toBe(42);
  });

  test('is read as an Ack, also with more than the id in it', () => {
    const id = messageId('0badcafe', 1, 9);
    const { bytes, inbound } = inboundOf(
      JSON.stringify({ type: 'Ack', payload: { status: 'queued', message_id: id } }),
    );
    expect(inbound).toMatchObject({ type: 'Ack' });
    expect(inbound.type === 'Ack' ? readSequence(bytes, inbound.idOffset, flowPrefix('0badcafe', 1)) : null).toBe(9);
  });

  test('is read as an Error with its code', () => {
    const text = JSON.stringify({ type: 'Error', payload: { message: 'no', code: 429, message_id: 'x' } });
    expect(inboundOf(text).inbound).toEqual({ type: 'Error', code: 429, messageId: 'x' });
  });

  test.each(['{"type":"Receive","payload":{}}', '{"type":"Ack",', 'null', 'x'])(
    'is unreadable when it is %s',
    (text) => {
      expect(inboundOf(text).inbound.type).toBe('unreadable');
    },
  );

  test('holds the sealed bytes untouched, or not', () => {
    const holds = (data: string) => {
      const bytes = Buffer.from(JSON.stringify({ type: 'Receive', payload: { ...payload, encrypted_data: data } }));
      return holdsSealed(bytes, 0, bytes.length, Buffer.from(sealed));
    };
    expect(holds(sealed)).toBe(true);
    expect(holds(`${sealed.slice(0, -1)}!`)).toBe(false);
    expect(holds(sealed.slice(0, -1))).toBe(false);
    expect(holds(`${sealed}A`)).toBe(false);
  });

  test('is read out of frames as it was written into them', () => {
    const seen: string[] = [];
    const read = frameReader((_, bytes, start, end) => seen.push(readInbound(bytes, start, end).type));
    const text = Buffer.from(ackText(identity, 1));
    read(Buffer.concat([Buffer.from([0x81, text.length]), text]));
    expect(seen).toEqual(['Ack']);
  });
});
