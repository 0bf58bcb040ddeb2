import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame } from '../../src/index';
import { packr } from '../../src/packr';
import { decoders, forwardOf, jsonFrame, membersText, samplePayloads } from '../sample-messages';

/** What is forwarded with its payload untouched, and as what type it arrives. */
const untouched = [
  { type: 'Send', arrives: 'Receive' },
  { type: 'KeyRotationUpdate', arrives: 'KeyRotationUpdate' },
  { type: 'KeyRotationAck', arrives: 'KeyRotationAck' },
] as const;

/** Members that a rewriting relay would change. */
const fragileMembers = [
  '"id":1152921504606846976',
  '"id":18446744073709551615',
  '"n":123456789012345678901234567890.1230',
  '"n":1E+2',
  '"n":-0',
  '"t":"a\\u002Bb\\/c\\u00e9\\ud83d\\ude00\\\\ud800"',
  '"t":"é 😀 ‮ \u2028"',
  '"k\\u0065y" : "value"',
  '"note":{"b":[1,{"a":null}],"a":{"a":1,"a":2}}',
  '"__proto__":{"x":1}',
  '"constructor":"c","":"empty key"',
  '"brackets":"]}{[\\"\\\\"',
  ' \r\n\t"spaced"\t: [ 1 , 2 ] ',
];

describe.each(untouched)('a $type', ({ type, arrives }) => {
  test.each(fragileMembers)('keeps %s byte for byte', (member) => {
    for (const payload of [
      `{${member},${membersText(samplePayloads[type])}}`,
      `{ ${membersText(samplePayloads[type])} ,${member} }`,
    ]) {
      const forward = forwardOf(decodeJsonFrame(` { "payload" : ${payload} , "type":"${type}" } `));
      expect(forward).toMatchObject({ encoding: 'json', frame: `{"type":"${arrives}","payload":${payload}}` });
    }
  });

  test('keeps its MessagePack payload byte for byte', () => {
    const known = packr.pack(samplePayloads[type]);
    const unknown = packr.pack({ a: [1n, -1, 1.5, null, true, { b: new Uint8Array(300) }], ключ: 'значение' });
    const members = [unknown.subarray(3), known.subarray(3)];
    const payload = Buffer.concat([Uint8Array.of(0xde, 0, unknown[2]! + known[2]!), ...members]);
    const rest = [packr.pack('type'), packr.pack(type)];
    const forward = forwardOf(
      decodeMessagePackFrame(Buffer.concat([Uint8Array.of(0x82), packr.pack('payload'), payload, ...rest])),
    );
    const head = [packr.pack('type'), packr.pack(arrives), packr.pack('payload')];
    expect(forward.encoding).toBe('msgpack');
    expect(Buffer.from(forward.frame as Uint8Array)).toEqual(Buffer.concat([Uint8Array.of(0x82), ...head, payload]));
  });

  test.each(decoders)('drops in $encoding what stands outside the payload', ({ decode }) => {
    const forward = forwardOf(decode({ type, extra: 'x', payload: samplePayloads[type], more: { payload: 1 } }));
    const frame =
      forward.encoding === 'json' ? JSON.parse(String(forward.frame)) : packr.unpack(Buffer.from(forward.frame));
    expect(frame).toEqual({ type: arrives, payload: samplePayloads[type] });
  });
});

test('a key id of 2^60 and of 2^64-1 keep all their digits', () => {
  for (const keyId of [2n ** 60n, 2n ** 64n - 1n]) {
    const { key_id: _, ...others } = samplePayloads.KeyRotationUpdate;
    const text = jsonFrame('KeyRotationUpdate', `{${membersText(others)},"key_id":${keyId}}`);
    expect(forwardOf(decodeJsonFrame(text)).frame).toBe(text);
    const packed = packr.pack({ type: 'KeyRotationUpdate', payload: { ...others, key_id: keyId } });
    const forward = packr.unpack(Buffer.from(forwardOf(decodeMessagePackFrame(packed)).frame));
    expect(forward).toMatchObject({ payload: { key_id: keyId } });
  }
});

test('what is forwarded does not change with the buffer that it was read from', () => {
  const frame = packr.pack({ type: 'Send', payload: samplePayloads.Send });
  const forward = forwardOf(decodeMessagePackFrame(frame));
  const before = Buffer.from(forward.frame);
  frame.fill(0);
  expect(Buffer.from(forward.frame)).toEqual(before);
});
