import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decodeJsonFrame, decodeMessagePackFrame } from '@openrelay/protocol';
import { Unpackr } from 'msgpackr';
import { codecOf } from '../../src/connection/frames/codec';
import { readIncoming } from '../../src/connection/incoming';
import { fromHex } from '../../src/index';
import { readVectors } from '../vectors/vector-file';

type Both = { readonly json: string; readonly msgpack: string };
type Received = Both & { readonly json_from_msgpack: string; readonly msgpack_from_json: string };
type Vector = Both & { readonly type: string; readonly from: 'device' | 'relay'; readonly received?: Received };

const { frames } = readVectors<{ frames: Vector[] }>('frames');
const named = frames.map((frame, at) => [`${at}: ${frame.type} of the ${frame.from}`, frame] as const);
/** Another reader of MessagePack than the one that devices use. */
const unpackr = new Unpackr({ int64AsType: 'bigint', useRecords: false });

/** As the frame of JSON has it: bytes as base64, and numbers with all their digits. */
function inJson(msgpack: string): unknown {
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? `${value}` : isBuffer(value) ? Buffer.from(value.data).toString('base64') : value;
  return JSON.parse(JSON.stringify(unpackr.unpack(Buffer.from(msgpack, 'hex')), plain));
}

function isBuffer(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer';
}

/** Its whole numbers of more than 32 bits as text, since JavaScript would round some. */
const exact = (json: string): unknown => JSON.parse(json.replace(/:(\d{10,})/g, ':"$1"'));

describe('the vectors of frames', () => {
  test.each(named)('%s says the same in both encodings', (_, { json, msgpack, received }) => {
    const wide = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/:(\d{10,})/g, ':"$1"'));
    expect(wide(inJson(msgpack))).toEqual(exact(json));
    if (received === undefined) return;
    expect(exact(received.json_from_msgpack)).toEqual(exact(received.json));
    expect(wide(inJson(received.msgpack))).toEqual(exact(received.json));
    expect(wide(inJson(received.msgpack_from_json))).toEqual(exact(received.json));
  });

  test.each(named.filter(([, { from }]) => from === 'device'))('the relay takes %s', (_, { type, json, msgpack }) => {
    const [one, other] = [decodeJsonFrame(json), decodeMessagePackFrame(fromHex(msgpack)!)];
    expect(one.type).toBe(type);
    const told = ({ forward: __, payloadBytes: ___, ...message }: Record<string, unknown>) => message;
    expect(told({ ...other })).toEqual(told({ ...one }));
  });

  test.each(named.filter(([, { from, received }]) => from === 'relay' || received))('a device reads %s', (_, frame) => {
    const { json, msgpack } = frame.received ?? frame;
    const read = [codecOf('json').decode(json), codecOf('msgpack').decode(fromHex(msgpack)!)].map(readIncoming);
    expect(read[0]).not.toEqual({ type: 'unreadable' });
    expect(read[1]!.type).toBe(read[0]!.type);
  });

  test('have each message of RESPONSES.md', () => {
    const document = readFileSync(join(__dirname, '../../../../RESPONSES.md'), 'utf8');
    const [, table] = document.split('## Messages');
    const rows = table!.split('\n## ')[0]!.matchAll(/^\| (`.*?`) \| ([^|]*) \|/gm);
    const types = Array.from(rows, ([, names]) => names!.match(/\w+/g)!).flat();
    const here = frames.flatMap(({ type, received }) => [type, ...(received ? [JSON.parse(received.json).type] : [])]);
    expect(types.length).toBeGreaterThan(15);
    expect(new Set(here)).toEqual(new Set(types));
  });
});
