import { Unpackr } from 'msgpackr';

/**
 * Writes MessagePack for Redis's scripts. Their decoder (cmsgpack) knows no `bin` type, so bytes go as `str`, which JavaScript
 * libraries cannot write. Everything goes into one buffer, so that a batch is copied once.
 */
export class RawPack {
  private bytes: Buffer;
  private length = 0;

  /** @param capacity bytes that will be written, as far as known; the buffer grows when there are more */
  constructor(capacity = 4096) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Begins an array; its elements are written next. */
  array(elements: number): this {
    this.reserve(5);
    if (elements < 16) {
      this.bytes[this.length++] = 0x90 | elements;
      return this;
    }
    this.bytes[this.length] = 0xdd;
    this.bytes.writeUInt32BE(elements, this.length + 1);
    this.length += 5;
    return this;
  }

  /** @param value whole, 0 to 2^53 - 1 */
  number(value: number): this {
    this.reserve(9);
    if (value < 0x80) {
      this.bytes[this.length++] = value;
      return this;
    }
    this.bytes[this.length] = 0xcf;
    this.bytes.writeUInt32BE(Math.floor(value / 2 ** 32), this.length + 1);
    this.bytes.writeUInt32BE(value % 2 ** 32, this.length + 5);
    this.length += 9;
    return this;
  }

  /** A number of up to 2^53 - 1 that takes nine bytes, whatever it is. */
  time(value: number): this {
    this.reserve(9);
    this.bytes[this.length] = 0xcf;
    this.bytes.writeUInt32BE(Math.floor(value / 2 ** 32), this.length + 1);
    this.bytes.writeUInt32BE(value % 2 ** 32, this.length + 5);
    this.length += 9;
    return this;
  }

  flag(value: boolean): this {
    this.reserve(1);
    this.bytes[this.length++] = value ? 0xc3 : 0xc2;
    return this;
  }

  /** Text of ASCII characters, such as ids and words, or bytes that stand as the characters of a text, such as a digest. */
  ascii(text: string): this {
    this.reserve(text.length + 5);
    this.head(0xd9, 0xdb, text.length);
    this.bytes.write(text, this.length, 'latin1');
    this.length += text.length;
    return this;
  }

  /** Bytes that stand as the characters of a text, fewer than 256, as `bin`. */
  latin1Bin(text: string): this {
    this.reserve(text.length + 2);
    this.bytes[this.length] = 0xc4;
    this.bytes[this.length + 1] = text.length;
    this.bytes.write(text, this.length + 2, 'latin1');
    this.length += 2 + text.length;
    return this;
  }

  /** The bytes that hex digits, an even number of them, stand for, as `str`. */
  hex(digits: string): this {
    const length = digits.length / 2;
    this.reserve(length + 5);
    this.head(0xd9, 0xdb, length);
    this.length += this.bytes.write(digits, this.length, 'hex');
    return this;
  }

  /** Bytes as a `str`; an empty one for none. */
  raw(bytes: Uint8Array | undefined): this {
    const length = bytes?.length ?? 0;
    this.reserve(length + 5);
    this.head(0xd9, 0xdb, length);
    if (bytes) this.bytes.set(bytes, this.length);
    this.length += length;
    return this;
  }

  /** Begins a `str` whose `length` bytes are written next. */
  strHead(length: number): this {
    this.reserve(5);
    this.head(0xd9, 0xdb, length);
    return this;
  }

  /** Bytes, or text as UTF-8 of the given length, as `bin`. */
  bin(content: string | Uint8Array, length: number): this {
    this.reserve(length + 5);
    this.head(0xc4, 0xc6, length);
    if (typeof content === 'string') this.bytes.write(content, this.length, 'utf8');
    else this.bytes.set(content, this.length);
    this.length += length;
    return this;
  }

  /** Begins a `bin` whose `length` bytes are written elsewhere. */
  binHead(length: number): this {
    this.reserve(5);
    this.head(0xc4, 0xc6, length);
    return this;
  }

  private head(short: number, long: number, length: number): void {
    if (length < 256) {
      this.bytes[this.length] = short;
      this.bytes[this.length + 1] = length;
      this.length += 2;
      return;
    }
    this.bytes[this.length] = long;
    this.bytes.writeUInt32BE(length, this.length + 1);
    this.length += 5;
  }

  toBuffer(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Names and values in turn, as scripts take the fields of a hash. */
export function packFields(fields: readonly (readonly [string, string | number])[]): Buffer {
  const pack = new RawPack().array(2 * fields.length);
  for (const [name, value] of fields) pack.ascii(name).ascii(String(value));
  return pack.toBuffer();
}

/** Bytes that `RawPack` needs for a `str` or `bin` of this length, its head included. */
export function packedLength(length: number): number {
  return length + (length < 256 ? 2 : 5);
}

/** Reads what scripts answer and publish. Times in ms fit a number. */
export const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
