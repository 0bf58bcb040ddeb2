/**
 * MessagePack as far as the relay's frames go, by the specification of msgpack.org. Its own,
 * since the usual library compiles code while it runs, which a page with a strict Content-Security-Policy forbids.
 */
const maxNesting = 64;
const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

/** Whole numbers go as integers, also a bigint of up to 64 bits; members that are `undefined` are left out. */
export function pack(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  put(value, parts, 0);
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function put(value: unknown, parts: Uint8Array[], depth: number): void {
  if (depth > maxNesting) throw new RangeError(`Values nest deeper than ${maxNesting} levels.`);
  if (value === null || value === undefined) parts.push(Uint8Array.of(0xc0));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xc3 : 0xc2));
  else if (typeof value === 'number') parts.push(numberBytes(value));
  else if (typeof value === 'bigint') parts.push(wideBytes(value));
  else if (typeof value === 'string') {
    const bytes = utf8.encode(value);
    parts.push(head(bytes.length, { fix: 0xa0, fixMax: 31, one: 0xd9, two: 0xda, four: 0xdb }), bytes);
  } else if (value instanceof Uint8Array) parts.push(head(value.length, { one: 0xc4, two: 0xc5, four: 0xc6 }), value);
  else if (Array.isArray(value)) {
    parts.push(head(value.length, { fix: 0x90, fixMax: 15, two: 0xdc, four: 0xdd }));
    for (const item of value) put(item, parts, depth + 1);
  } else {
    const members = Object.entries(value as object).filter(([, member]) => member !== undefined);
    parts.push(head(members.length, { fix: 0x80, fixMax: 15, two: 0xde, four: 0xdf }));
    for (const [key, member] of members) {
      put(key, parts, depth + 1);
      put(member, parts, depth + 1);
    }
  }
}

/** The first byte of each form that a length has. */
type Forms = { fix?: number; fixMax?: number; one?: number; two: number; four: number };

function head(length: number, { fix, fixMax = -1, one, two, four }: Forms): Uint8Array {
  if (fix !== undefined && length <= fixMax) return Uint8Array.of(fix | length);
  if (one !== undefined && length < 0x100) return Uint8Array.of(one, length);
  if (length < 0x10000) return Uint8Array.of(two, length >> 8, length & 0xff);
  return Uint8Array.of(four, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

function numberBytes(value: number): Uint8Array {
  if (Number.isInteger(value) && value >= -32 && value < 128) return Uint8Array.of(value & 0xff);
  if (Number.isSafeInteger(value)) return wideBytes(BigInt(value));
  const bytes = new Uint8Array(9);
  bytes[0] = 0xcb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function wideBytes(value: bigint): Uint8Array {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${value} does not fit 64 bits.`);
  const bytes = new Uint8Array(9);
  bytes[0] = value < 0n ? 0xd3 : 0xcf;
  new DataView(bytes.buffer).setBigUint64(1, BigInt.asUintN(64, value));
  return bytes;
}

/**
 * Maps become objects, whole numbers beyond 2^53 bigint, and bytes are copied. Throws for what is no MessagePack, has
 * extension types, keys that are no text, or anything behind its end.
 */
export function unpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new RangeError('Bytes follow the value.');
  }

  value(depth: number): unknown {
    if (depth > maxNesting) throw new RangeError(`Values nest deeper than ${maxNesting} levels.`);
    const type = this.whole(1);
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.map(type & 15, depth);
    if (type < 0xa0) return this.list(type & 15, depth);
    if (type < 0xc0) return this.text(type & 31);
    return this.longForm(type, depth);
  }

  private longForm(type: number, depth: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return type === 0xc3;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.take(this.whole(1 << (type - 0xc4))).slice();
      case 0xca:
        return this.view.getFloat32(this.skip(4));
      case 0xcb:
        return this.view.getFloat64(this.skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.whole(1 << (type - 0xcc));
      case 0xcf:
        return narrow(this.view.getBigUint64(this.skip(8)));
      case 0xd0:
        return this.view.getInt8(this.skip(1));
      case 0xd1:
        return this.view.getInt16(this.skip(2));
      case 0xd2:
        return this.view.getInt32(this.skip(4));
      case 0xd3:
        return narrow(this.view.getBigInt64(this.skip(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(this.whole(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.list(this.whole(2 << (type - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.map(this.whole(2 << (type - 0xde)), depth);
      default:
        throw new RangeError(`The type ${type} is not read here.`);
    }
  }

  /** An unsigned number of 1, 2 or 4 bytes. */
  private whole(bytes: number): number {
    const at = this.skip(bytes);
    if (bytes === 1) return this.view.getUint8(at);
    return bytes === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  /** The offset before it. */
  private skip(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.bytes.length) throw new RangeError('The value ends too early.');
    this.at += bytes;
    return at;
  }

  private take(length: number): Uint8Array {
    const at = this.skip(length);
    // Not `this.bytes.subarray`: Node's Buffer would give a Buffer, whose `slice` is no copy.
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  private text(length: number): string {
    return text.decode(this.take(length));
  }

  private list(length: number, depth: number): unknown[] {
    const items: unknown[] = [];
    // Each takes a byte at least, so a length that lies ends at the end of the frame.
    for (let count = 0; count < length; count += 1) items.push(this.value(depth + 1));
    return items;
  }

  private map(length: number, depth: number): object {
    const members: [string, unknown][] = [];
    for (let count = 0; count < length; count += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw new RangeError('A key is no text.');
      members.push([key, this.value(depth + 1)]);
    }
    // Makes members of its own, also of `__proto__`.
    return Object.fromEntries(members);
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
