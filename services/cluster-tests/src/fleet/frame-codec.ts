import { Packr } from 'msgpackr';

/** How a device speaks. */
export type Encoding = 'json' | 'msgpack';

export type Frame = {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

/** What a device offers for each encoding. */
export const subprotocols: Record<Encoding, string[]> = { json: [], msgpack: ['openrelay.msgpack.v1'] };

// Written with the plain library: what the relay makes of it is under test.
const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'bigint' });

export function writeFrame(encoding: Encoding, type: string, payload: object): string | Uint8Array {
  return encoding === 'json' ? writeJson({ type, payload }) : packr.pack({ type, payload });
}

/** Whole numbers of 64 bits are bigints. What is no frame has the type `unreadable`. */
export function readFrame(encoding: Encoding, data: Buffer, isBinary: boolean): Frame {
  try {
    if (isBinary !== (encoding === 'msgpack')) return { type: 'of the other encoding', payload: {} };
    const { type, payload } = (encoding === 'json' ? readJson(data) : packr.unpack(data)) as Partial<Frame>;
    return { type: type ?? 'unreadable', payload: withBigKeyId(payload ?? {}) };
  } catch {
    return { type: 'unreadable', payload: {} };
  }
}

/** JSON.stringify knows no bigints, and JSON.parse no whole numbers above 2^53. */
function writeJson(frame: object): string {
  const text = JSON.stringify(frame, (_key, value) => (typeof value === 'bigint' ? `@${value}` : value));
  return text.replace(/"@(\d+)"/, '$1');
}

function readJson(data: Buffer): unknown {
  const text = data.toString();
  return JSON.parse(text.includes('"key_id"') ? text.replace(/("key_id":)(\d+)/, '$1"$2"') : text);
}

function withBigKeyId(payload: Frame['payload']): Frame['payload'] {
  const { key_id: keyId } = payload;
  return keyId === undefined ? payload : { ...payload, key_id: BigInt(keyId as string | number | bigint) };
}
