import type { Encoding } from './messages';

const printed = Symbol.for('nodejs.util.inspect.custom');

/**
 * A frame on its way from one device to another. Nobody may see what is inside, so it prints as its size
 * only, whatever prints it.
 */
export class Sealed {
  /** @param frame the whole outgoing frame: JSON text (or its UTF-8 bytes), or MessagePack bytes */
  constructor(
    readonly encoding: Encoding,
    readonly frame: string | Uint8Array,
  ) {}

  toString(): string {
    const { frame } = this;
    return `[sealed ${typeof frame === 'string' ? new TextEncoder().encode(frame).length : frame.length} bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [printed](): string {
    return this.toString();
  }
}
