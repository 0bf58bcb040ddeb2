import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { packr } from '../../../../shared/protocol/src/packr';
import { Connection } from '../../src/connection/connection';
import { HeavyFrames } from '../../src/inbound/heavy-frames';
import { openSocket } from './edge-rig';

const withKeys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, 0]));

function bytesOf(text: string | Uint8Array): ArrayBuffer {
  return Uint8Array.from(typeof text === 'string' ? Buffer.from(text) : text).buffer;
}

const heavy = bytesOf(JSON.stringify(withKeys(2000)));
const light = bytesOf('{"type":"Ping"}');
const large = bytesOf(JSON.stringify({ encrypted_data: '{[,:\\"'.repeat(10_000) }));

function rig(allowed = Number.POSITIVE_INFINITY) {
  const [dispatched, closed, counted, failures]: [string[], string[], number[], unknown[]] = [[], [], [], []];
  const names = new Map<Connection, string>();
  let thrown: Error | undefined;
  const frames = new HeavyFrames({
    allow: (_, counts) => counted.push(counts) <= allowed,
    dispatch: (connection, bytes) => {
      dispatched.push(`${names.get(connection)} ${bytes.byteLength > 2048 ? 'heavy' : 'light'}`);
      if (thrown) throw thrown;
    },
    failed: (_, error) => void failures.push(error),
  });
  const connect = (name: string, encoding: 'json' | 'msgpack' = 'json') => {
    const connection = new Connection({ ...openSocket(), close: (code) => void closed.push(code) }, encoding, 0);
    names.set(connection, name);
    return (bytes: ArrayBuffer) => frames.holdBack(connection, bytes, 'text');
  };
  const fail = (error: Error) => {
    thrown = error;
  };
  return { connect, dispatched, closed, counted, failures, fail };
}

test('frames of few values are left alone, whatever their size', () => {
  const { connect, counted } = rig();
  const say = connect('A');
  for (const bytes of [light, large, bytesOf(''), bytesOf('x'.repeat(100_000))]) expect(say(bytes)).toBe(false);
  expect(counted).toEqual([]);
});

test('one frame of many values is read in a turn, of one connection after the other, each in its order', async () => {
  const { connect, dispatched, counted } = rig();
  const [a, b] = [connect('A'), connect('B')];
  for (const bytes of [heavy, light, light, heavy]) expect(a(bytes)).toBe(true);
  expect(b(heavy)).toBe(true);
  expect(dispatched).toEqual([]);
  await turn();
  expect(dispatched.splice(0)).toEqual(['A heavy', 'A light', 'A light']);
  await turn();
  expect(dispatched.splice(0)).toEqual(['B heavy']);
  await turn();
  expect(dispatched.splice(0)).toEqual(['A heavy']);
  expect(a(light)).toBe(false);
  expect(counted).toEqual([63, 63, 63]);
});

test('MessagePack is counted likewise', () => {
  const { connect } = rig();
  const say = connect('A', 'msgpack');
  expect(say(bytesOf(packr.pack(withKeys(2000))))).toBe(true);
  expect(connect('B', 'msgpack')(bytesOf(packr.pack({ data: Buffer.alloc(100_000) })))).toBe(false);
  expect(connect('C', 'msgpack')(bytesOf(new Uint8Array(100_000).fill(0xc1)))).toBe(false);
});

test('a device that may send no more of them is not read', async () => {
  const { connect, dispatched } = rig(1);
  const say = connect('A');
  expect([say(heavy), say(heavy), say(light)]).toEqual([true, true, true]);
  await turn();
  expect(dispatched).toEqual(['A heavy', 'A light']);
});

test('what waits of one connection is bounded', () => {
  const { connect, closed } = rig();
  const say = connect('A');
  for (let frame = 0; frame < 257; frame += 1) say(frame === 0 ? heavy : light);
  expect(closed).toEqual(['tryLater']);
});

test('a frame that the edge fails at ends no more than its connection', async () => {
  const { connect, failures, dispatched, fail } = rig();
  const error = new Error('a fault');
  fail(error);
  const [a, b] = [connect('A'), connect('B')];
  a(heavy);
  b(heavy);
  await turn();
  await turn();
  expect(failures).toEqual([error, error]);
  expect(dispatched).toEqual(['A heavy', 'B heavy']);
});
