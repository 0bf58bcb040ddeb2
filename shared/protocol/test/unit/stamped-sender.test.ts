import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame } from '../../src/index';
import { packr } from '../../src/packr';
import {
  authTypes,
  decoders,
  forwardOf,
  jsonFrame,
  membersText,
  samplePayloads,
  sender,
  stranger,
} from '../sample-messages';

type Forwarded = { type: string; payload: Record<string, unknown> };

function readFrame(frame: string | Uint8Array): Forwarded {
  return typeof frame === 'string' ? JSON.parse(frame) : packr.unpack(frame);
}

const threeIds = { hardware_id: sender, device_id: sender, recipient_id: sender };

describe.each(authTypes)('a forwarded %s', (type) => {
  test.each(decoders)('carries the id of its sender three times, in $encoding', ({ decode }) => {
    const { frame } = forwardOf(decode({ type, payload: samplePayloads[type] }));
    expect(readFrame(frame)).toEqual({ type, payload: { ...samplePayloads[type], ...threeIds } });
  });

  test.each(decoders)('cannot carry a device_id of its own, in $encoding', ({ decode }) => {
    for (const device_id of [stranger, '', null, 7, [stranger]]) {
      const { frame } = forwardOf(decode({ type, payload: { device_id, ...samplePayloads[type] } }));
      expect(readFrame(frame).payload).toEqual({ ...samplePayloads[type], ...threeIds });
      expect(Buffer.from(frame).includes(stranger)).toBe(false);
    }
  });

  test.each(decoders)('keeps every other field, in $encoding', ({ decode }) => {
    const more = {
      DEVICE_ID: stranger,
      deviceId: stranger,
      note: { device_id: stranger },
      list: [1, null, 'x'],
      n: 1.5,
    };
    const { frame } = forwardOf(decode({ type, payload: { ...more, ...samplePayloads[type] } }));
    expect(readFrame(frame).payload).toEqual({ ...more, ...samplePayloads[type], ...threeIds });
  });

  test('keeps the other fields byte for byte', () => {
    const odd = '"n":18446744073709551615,"t" : "\\u002B\\ud83d\\ude00" ,"k\\u0065y":{"a":1,"a":2},"__proto__":[ ]';
    const { frame } = forwardOf(decodeJsonFrame(jsonFrame(type, `{${odd},${membersText(samplePayloads[type])}}`)));
    for (const member of odd.split(/ ?,(?=")/).filter((text) => text.startsWith('"n"') || text.startsWith('"t"'))) {
      expect(frame).toContain(member);
    }
    expect(frame).toContain('"k\\u0065y":{"a":1,"a":2},"__proto__":[ ]');
  });

  test('cannot carry a device_id whose key is written with escapes', () => {
    for (const key of ['device\\u005fid', '\\u0064evice_id', 'device_i\\u0064', '\\u0064\\u0065vice_\\u0069d']) {
      const text = jsonFrame(type, `{${membersText(samplePayloads[type])},"${key}":"${stranger}"}`);
      expect(readFrame(forwardOf(decodeJsonFrame(text)).frame).payload).toMatchObject(threeIds);
      expect(forwardOf(decodeJsonFrame(text)).frame).not.toContain(stranger);
    }
  });

  test('is echoed with the id as its sender writes it', () => {
    const mixed = 'aB'.repeat(16);
    const text = JSON.stringify({ type, payload: { ...samplePayloads[type], hardware_id: mixed } });
    expect(readFrame(forwardOf(decodeJsonFrame(text)).frame).payload).toMatchObject({
      device_id: mixed,
      hardware_id: mixed,
    });
  });
});
