const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of the length behind a head byte, and what it is the length of. */
const sized: Readonly<Record<number, { lengthBytes: number; of: 'bin' | 'str' | 'array' | 'map' }>> = {
  196: { lengthBytes: 1, of: 'bin' },
  197: { lengthBytes: 2, of: 'bin' },
  198: { lengthBytes: 4, of: 'bin' },
  217: { lengthBytes: 1, of: 'str' },
  218: { lengthBytes: 2, of: 'str' },
  219: { lengthBytes: 4, of: 'str' },
  220: { lengthBytes: 2, of: 'array' },
  221: { lengthBytes: 4, of: 'array' },
  222: { lengthBytes: 2, of: 'map' },
  223: { lengthBytes: 4, of: 'map' },
};

/** Bytes of the numbers, by their head byte. */
const numberBytes: Readonly<Record<number, number>> = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};

/**
 * Reads MessagePack as decoders of typed languages do: every text must be UTF-8, and nothing may follow.
 * @throws Error at anything else
 */
export function checkStrictly(bytes: Uint8Array): void {
  const end = skip(bytes, 0);
  if (end !== bytes.length) throw new Error(`${bytes.length - end} bytes follow, or are missing`);
}

function skip(bytes: Uint8Array, at: number): number {
  const head = bytes[at];
  if (head === undefined) throw new Error('it ends too early');
  if (head < 0x80 || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return at + 1;
  if (head < 0x90) return skipAll(bytes, at + 1, head & 15, 'map');
  if (head < 0xa0) return skipAll(bytes, at + 1, head & 15, 'array');
  if (head < 0xc0) return skipText(bytes, at + 1, head & 31);
  const number = numberBytes[head];
  if (number !== undefined) return at + 1 + number;
  const shape = sized[head];
  if (!shape) throw new Error(`a head byte ${head}`);
  const start = at + 1 + shape.lengthBytes;
  const length = Number(`0x${Buffer.from(bytes.subarray(at + 1, start)).toString('hex')}`);
  if (shape.of === 'bin') return start + length;
  return shape.of === 'str' ? skipText(bytes, start, length) : skipAll(bytes, start, length, shape.of);
}

function skipText(bytes: Uint8Array, start: number, length: number): number {
  strict.decode(bytes.subarray(start, start + length));
  return start + length;
}

function skipAll(bytes: Uint8Array, start: number, count: number, of: 'array' | 'map'): number {
  let next = start;
  for (let i = 0; i < count; i += 1) {
    if (of === 'map') next = skip(bytes, next);
    next = skip(bytes, next);
  }
  return next;
}
