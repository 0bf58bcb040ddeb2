import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame, encodeError } from '../../src/index';
import { packr } from '../../src/packr';
import {
  forwardedTypes,
  jsonFrame,
  membersText,
  messageId,
  refusalOf,
  samplePayloads,
  taken,
} from '../sample-messages';
import { checkStrictly } from '../strict-msgpack';

describe('half of a character in JSON', () => {
  test.each(forwardedTypes)('is refused in a %s, wherever it stands', (type) => {
    const members = membersText(samplePayloads[type]);
    for (const half of ['\\ud800', '\\uDBFF', '\\uDc00', '\\udfff', '\ud800', '\\ud83d\\\\ude00', '\\ude00\\ud83d']) {
      for (const more of [`"note":"a${half}b"`, `"a${half}b":1`, `"list":[{"deep":["${half}"]}]`]) {
        const refusal = refusalOf(decodeJsonFrame(jsonFrame(type, `{${more},${members}}`)));
        expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining('half of a character') });
      }
    }
  });

  test('in the data of a Send is refused, with the message’s id', () => {
    const { encrypted_data: _, ...others } = samplePayloads.Send;
    const frame = jsonFrame('Send', `{"encrypted_data":"\\ud800",${membersText(others)}}`);
    expect(refusalOf(decodeJsonFrame(frame)).messageId).toBe(messageId);
  });

  test('does not come back as the id of what was refused', () => {
    const { message_id: _, ...others } = samplePayloads.Send;
    const refusal = refusalOf(decodeJsonFrame(jsonFrame('Send', `{"message_id":"\\ud800",${membersText(others)}}`)));
    expect(refusal.messageId).toBeUndefined();
  });

  test('is none when both halves are there, or when it is only spelled', () => {
    for (const whole of ['\\ud83d\\ude00', '\\uD83D\\uDE00', '😀', '\\\\ud800', '\\u002B\\ud83d\\ude00\\\\', 'ud800']) {
      const frame = jsonFrame('Send', `{"note":"${whole}",${membersText(samplePayloads.Send)}}`);
      expect(taken(decodeJsonFrame(frame)).type).toBe('Send');
    }
  });
});

describe('text of MessagePack that is not UTF-8', () => {
  /** A text whose last byte is no UTF-8, of any length. */
  function spoiled(text: string): Uint8Array {
    const packed = Uint8Array.from(packr.pack(text));
    packed[packed.length - 1] = 0xff;
    return packed;
  }

  function withMember(type: (typeof forwardedTypes)[number], member: Iterable<number>): Uint8Array {
    const [size, ...members] = packr.pack(samplePayloads[type]).subarray(2);
    const head = [0x82, ...packr.pack('type'), ...packr.pack(type), ...packr.pack('payload')];
    return Uint8Array.from([...head, 0xde, 0, size! + 1, ...member, ...members]);
  }

  test.each(forwardedTypes)('is refused in a %s, wherever it stands and however long it is', (type) => {
    for (const length of [1, 31, 32, 80, 81, 300, 70_000]) {
      const text = spoiled('x'.repeat(length));
      for (const member of [
        [...packr.pack('note'), ...text],
        [...text, 1],
        [...packr.pack('list'), 0x91, 0x81, ...text, 1],
      ]) {
        const refusal = refusalOf(decodeMessagePackFrame(withMember(type, member)));
        expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining('not UTF-8') });
      }
    }
  });

  test('is refused with the id of the Send that has it', () => {
    const frame = withMember('Send', [...packr.pack('note'), ...spoiled('x')]);
    expect(refusalOf(decodeMessagePackFrame(frame)).messageId).toBe(messageId);
  });

  test('as the id or the type comes back in no answer', () => {
    const { message_id: _, ...others } = samplePayloads.Send;
    const [size, ...members] = packr.pack(others).subarray(2);
    const payload = [0xde, 0, size! + 1, ...packr.pack('message_id'), ...spoiled('x'), ...members];
    const noId = [0x82, ...packr.pack('type'), ...packr.pack('Send'), ...packr.pack('payload'), ...payload];
    const noType = [0x82, ...packr.pack('type'), 0xa3, 0xed, 0xa0, 0x80, ...packr.pack('payload'), 0x80];
    for (const frame of [noId, noType]) {
      const refusal = refusalOf(decodeMessagePackFrame(Uint8Array.from(frame)));
      checkStrictly(encodeError('msgpack', refusal) as Uint8Array);
    }
  });

  test('is none where the bytes are bin', () => {
    const data = Uint8Array.of(0xff, 0xed, 0xa0, 0x80);
    const frame = packr.pack({ type: 'Send', payload: { ...samplePayloads.Send, encrypted_data: data } });
    expect(taken(decodeMessagePackFrame(frame)).type).toBe('Send');
  });
});
