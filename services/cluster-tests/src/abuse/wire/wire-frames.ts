/** Frames of WebSocket (RFC 6455, section 5.2) as bytes. */

export type ServerFrame = { readonly opcode: number; readonly payload: Buffer };

type Flags = {
  /** Whether the message ends with it; default 'last'. */
  readonly part?: 'last' | 'more';
  /** Claims to be compressed (RSV1). */
  readonly compressed?: true;
};

/** As a client sends it. The mask is zeros: what is written is what is read. */
export function writeFrame(opcode: number, payload: Uint8Array, { part = 'last', compressed }: Flags = {}): Buffer {
  const first = opcode | (part === 'last' ? 0x80 : 0) | (compressed ? 0x40 : 0);
  return Buffer.concat([Buffer.from([first, ...lengthOf(payload.length)]), Buffer.alloc(4), payload]);
}

function lengthOf(length: number): number[] {
  if (length < 126) return [0x80 | length];
  if (length <= 0xffff) return [0x80 | 126, length >> 8, length & 0xff];
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(length));
  return [0x80 | 127, ...eight];
}

/** The whole frames at the beginning of what came from a server, which masks nothing, and what is left. */
export function takeFrames(bytes: Buffer): { frames: ServerFrame[]; rest: Buffer } {
  const frames: ServerFrame[] = [];
  let rest = bytes;
  for (;;) {
    const size = sizeOf(rest);
    if (size === undefined || rest.length < size.head + size.payload) return { frames, rest };
    frames.push({ opcode: rest[0]! & 0x0f, payload: rest.subarray(size.head, size.head + size.payload) });
    rest = rest.subarray(size.head + size.payload);
  }
}

function sizeOf(bytes: Buffer): { head: number; payload: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  if (short === 126) return bytes.length < 4 ? undefined : { head: 4, payload: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? undefined : { head: 10, payload: Number(bytes.readBigUInt64BE(2)) };
}

/** What a frame is to a client that speaks JSON; the edge sends no message in parts. */
export function messageIn({ opcode }: ServerFrame): 'text' | 'ping' | 'close' | 'other' {
  switch (opcode) {
    case 1:
      return 'text';
    case 8:
      return 'close';
    case 9:
      return 'ping';
    default:
      return 'other';
  }
}
