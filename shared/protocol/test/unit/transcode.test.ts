import { describe, expect, test } from '@jest/globals';
import { transcode } from '../../src/index';
import { packr } from '../../src/packr';
import { jsonFrame, membersText, samplePayloads } from '../sample-messages';

type Frame = { type: string; payload: Record<string, unknown> };

function toPacked(text: string | Uint8Array): Frame {
  return packr.unpack(transcode(text, 'json') as Uint8Array);
}

function toJson(frame: object): string {
  return transcode(packr.pack(frame), 'msgpack') as string;
}

function receive(member: string): string {
  return jsonFrame('Receive', `{${member},${membersText(samplePayloads.Send)}}`);
}

describe('from JSON to MessagePack', () => {
  test('base64 text of encrypted_data becomes its bytes, and nothing else does', () => {
    const { payload } = toPacked(JSON.stringify({ type: 'Receive', payload: samplePayloads.Send }));
    expect(payload).toEqual({ ...samplePayloads.Send, encrypted_data: Buffer.from('sealed') });
  });

  test('reads text that came back from Redis as bytes', () => {
    const text = JSON.stringify({ type: 'Receive', payload: { ...samplePayloads.Send, note: 'é 😀' } });
    expect(toPacked(Buffer.from(text))).toEqual(toPacked(text));
    expect(toPacked(text).payload.note).toBe('é 😀');
  });

  test('base64 with escapes becomes bytes too', () => {
    const text = jsonFrame('Receive', '{"encrypted\\u005fdata":"\\u002B\\u002b\\/+"}');
    expect(toPacked(text).payload.encrypted_data).toEqual(
      Buffer.from('+++'.concat('+').replace('+++', '++/'), 'base64'),
    );
  });

  test('large data becomes bytes', () => {
    const bytes = Buffer.alloc(700_000, 0xa5);
    const frame = { type: 'Receive', payload: { encrypted_data: bytes.toString('base64') } };
    expect(toPacked(JSON.stringify(frame)).payload.encrypted_data).toEqual(bytes);
  });

  test.each(['YQ', 'YQ=', 'YR==', 'YQ==\n', ' YQ==', 'Y Q==', '-_-_', 'é', 'no base64!', 'YQ==YQ=='])(
    'data that is no canonical base64 (%j) stays text',
    (data) => {
      const text = JSON.stringify({ type: 'Receive', payload: { encrypted_data: data } });
      expect(toPacked(text).payload.encrypted_data).toBe(data);
    },
  );

  test.each([
    '9007199254740993',
    '-9007199254740993',
    '1152921504606846976',
    '18446744073709551615',
    '-9223372036854775808',
  ])('the whole number %s keeps its digits', (digits) => {
    const { payload } = toPacked(receive(`"key_id":${digits},"list":[${digits},{"deep":${digits}}]`));
    expect(payload).toMatchObject({ key_id: BigInt(digits), list: [BigInt(digits), { deep: BigInt(digits) }] });
  });

  test('a number beyond 64 bits becomes the nearest that JSON itself would give', () => {
    const { payload } = toPacked(receive('"a":18446744073709551616,"b":123456789012345678901234567890'));
    expect(payload).toMatchObject({ a: 2 ** 64, b: Number('123456789012345678901234567890') });
  });

  test('a whole number beyond 32 bits is written as an integer, since decoders of typed languages take no float there', () => {
    for (const keyId of [2 ** 32, 2 ** 40, 2 ** 53 - 1]) {
      const packed = transcode(jsonFrame('KeyRotationAck', `{"key_id":${keyId}}`), 'json') as Uint8Array;
      const head = packed[packed.length - 9];
      expect([0xcf, 0xd3]).toContain(head);
    }
  });

  test('keys with escapes, nested values and the words of JSON are kept', () => {
    const { payload } = toPacked(
      jsonFrame('Receive', '{"a\\"\\u00e9":[true,false,null,-1.5e3,"x",{}, []],"":{"b" : [ ]}}'),
    );
    expect(payload).toEqual({ 'a"é': [true, false, null, -1500, 'x', {}, []], '': { b: [] } });
  });

  test('data that is no text is left as it is', () => {
    expect(toPacked('{"type":"T","payload":{"encrypted_data":7}}').payload).toEqual({ encrypted_data: 7 });
    expect(toPacked('{"type":"T","payload":{}}').payload).toEqual({});
  });
});

describe('from MessagePack to JSON', () => {
  test('bytes become base64 text, wherever they are', () => {
    const data = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
    const text = toJson({ type: 'Receive', payload: { encrypted_data: data, more: [{ signature: data }] } });
    const base64 = Buffer.from(data).toString('base64');
    expect(JSON.parse(text)).toEqual({
      type: 'Receive',
      payload: { encrypted_data: base64, more: [{ signature: base64 }] },
    });
  });

  test('64-bit integers keep their digits', () => {
    const text = toJson({ type: 'T', payload: { a: 2n ** 60n, b: 2n ** 64n - 1n, c: -(2n ** 63n), d: [7n] } });
    expect(text).toBe(
      '{"type":"T","payload":{"a":1152921504606846976,"b":18446744073709551615,"c":-9223372036854775808,"d":[7]}}',
    );
  });

  test('keys that an object would take for its own are kept', () => {
    const payload = new Map<string, unknown>([
      ['__proto__', { constructor: 1 }],
      ['2', 1],
      ['1', 2],
    ]);
    expect(toJson({ type: 'T', payload })).toBe('{"type":"T","payload":{"__proto__":{"constructor":1},"2":1,"1":2}}');
  });

  test('text, keys and numbers are kept', () => {
    const payload = { 'ключ "': 'é😀\u0000\n', n: -1.5, zero: 0, flags: [true, false, null], nested: { a: { b: [] } } };
    expect(JSON.parse(toJson({ type: 'T', payload }))).toEqual({ type: 'T', payload });
  });

  test('what JSON cannot say is said as null', () => {
    expect(toJson({ type: 'T', payload: { a: Number.NaN, b: Number.POSITIVE_INFINITY } })).toBe(
      '{"type":"T","payload":{"a":null,"b":null}}',
    );
  });
});
