import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame } from '../../src/index';
import { packr } from '../../src/packr';
import {
  decoders,
  forwardedTypes,
  jsonFrame,
  membersText,
  messageId,
  refusalOf,
  samplePayloads,
  sampleTypes,
} from '../sample-messages';

describe.each(decoders)('in $encoding', ({ decode }) => {
  test('what is no object is refused', () => {
    for (const frame of [null, true, 7, 'Ping', [], [{ type: 'Ping' }]]) {
      expect(refusalOf(decode(frame)).code).toBe(400);
    }
  });

  test('a type that the relay does not take is refused and named', () => {
    for (const type of [
      'Hello',
      'ping',
      'Pong',
      'Receive',
      'RegisterResponse',
      'Error',
      'constructor',
      '__proto__',
      '',
    ]) {
      const refusal = refusalOf(decode({ type, payload: samplePayloads.Send }));
      expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining(JSON.stringify(type)) });
    }
  });

  test('a type that is no text is refused', () => {
    for (const type of [undefined, null, 7, true, ['Ping'], { Ping: true }]) {
      expect(refusalOf(decode({ type, payload: {} })).code).toBe(400);
    }
  });

  test('a very long type is not repeated in full', () => {
    expect(refusalOf(decode({ type: 'x'.repeat(100_000) })).text.length).toBeLessThan(200);
  });

  test('a payload that is no object is refused', () => {
    for (const payload of [undefined, null, 7, 'text', [], [{}]]) {
      for (const type of Object.keys(samplePayloads)) {
        expect(refusalOf(decode({ type, payload }))).toMatchObject({ code: 400, text: expect.stringContaining(type) });
      }
    }
  });
});

describe('JSON text', () => {
  test('that is no JSON is refused', () => {
    for (const text of [
      '',
      ' ',
      '{',
      '{"type":"Ping"',
      "{'type':'Ping'}",
      '{"type":"Ping"}}',
      '\u0000',
      '{"type":Ping}',
    ]) {
      expect(refusalOf(decodeJsonFrame(text)).code).toBe(400);
    }
  });

  test.each(sampleTypes.filter((type) => type !== 'Ack'))('a %s with a payload key twice is refused', (type) => {
    for (const [key, value] of Object.entries(samplePayloads[type])) {
      const twice = jsonFrame(type, `{"${key}":${JSON.stringify(value)},${membersText(samplePayloads[type])}}`);
      expect(refusalOf(decodeJsonFrame(twice))).toMatchObject({ code: 400, text: expect.stringContaining('twice') });
    }
  });

  test.each(forwardedTypes)('a %s with a key twice, once with escapes, is refused', (type) => {
    const twice = jsonFrame(type, `{"hardware\\u005fid":"${'D'.repeat(64)}",${membersText(samplePayloads[type])}}`);
    expect(refusalOf(decodeJsonFrame(twice)).text).toContain('twice');
  });

  test.each(forwardedTypes)('a %s with two payloads or two types is refused', (type) => {
    const payload = JSON.stringify(samplePayloads[type]);
    for (const more of [
      `"payload":${payload}`,
      `"payl\\u006fad":{}`,
      '"payload":1',
      '"type":"Ping"',
      `"type":"${type}"`,
    ]) {
      const refusal = refusalOf(decodeJsonFrame(`{${more},"type":"${type}","payload":${payload}}`));
      expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining('twice') });
    }
  });

  test('a Send refused for a key that stands twice names its message', () => {
    const twice = jsonFrame('Send', `{"ttl":1,${membersText(samplePayloads.Send)}}`);
    expect(refusalOf(decodeJsonFrame(twice)).messageId).toBe(messageId);
  });

  test('a key may stand again in a nested object', () => {
    const nested = jsonFrame('Send', `{"note":{"ttl":1,"ttl":2},${membersText(samplePayloads.Send)}}`);
    expect(decodeJsonFrame(nested).type).toBe('Send');
  });
});

describe('MessagePack bytes', () => {
  test('that are no MessagePack, or more than one object, are refused', () => {
    const ping = packr.pack({ type: 'Ping' });
    for (const bytes of [[], [0xc1], [0x81], [0xdf, 255, 255, 255, 255], [...ping, ...ping], [...ping, 0xc0]]) {
      expect(refusalOf(decodeMessagePackFrame(Uint8Array.from(bytes))).code).toBe(400);
    }
  });

  test('with an extension type are refused, wherever it stands', () => {
    for (const extension of [
      [0xd4, 0, 1],
      [0xd6, 0xff, 0, 0, 0, 1],
      [0xc7, 1, 0x72, 1],
      [0xd4, 0x72, 0x40],
    ]) {
      const payload = packr.pack(samplePayloads.AuthSuccess);
      const [size, ...members] = payload.subarray(2);
      const frame = [0x82, ...packr.pack('type'), ...packr.pack('AuthSuccess'), ...packr.pack('payload')];
      const noted = [0xde, 0, size! + 1, ...packr.pack('note'), ...extension, ...members];
      const refusal = refusalOf(decodeMessagePackFrame(Uint8Array.from([...frame, ...noted])));
      expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining('has an extension type') });
    }
  });

  test.each(sampleTypes.filter((type) => type !== 'Ack'))('a %s with a payload key twice is refused', (type) => {
    const [size, ...members] = packr.pack(samplePayloads[type]).subarray(2);
    for (const [key, value] of Object.entries(samplePayloads[type])) {
      const payload = [0xde, 0, size! + 1, ...packr.pack(key), ...packr.pack(value), ...members];
      const head = [0x82, ...packr.pack('type'), ...packr.pack(type), ...packr.pack('payload')];
      const refusal = refusalOf(decodeMessagePackFrame(Uint8Array.from([...head, ...payload])));
      expect(refusal).toMatchObject({ code: 400, text: expect.stringContaining('twice') });
    }
  });
});
