/** `bytes` from `start` to `end` is the payload; it is only valid during the call. */
export type FrameHandler = (opcode: number, bytes: Buffer, start: number, end: number) => void;

const maxFrameBytes = 64 * 1024 * 1024;
const nothing = Buffer.alloc(0);

/**
 * Reads the frames of a relay out of a byte stream that is cut anywhere: what is answered is called with each chunk, and hands
 * out each whole frame of it and of what was left before it. Throws on what the relay never sends.
 */
export function frameReader(onFrame: FrameHandler): (chunk: Buffer) => void {
  let rest: Buffer = nothing;
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let offset = 0;
    while (bytes.length >= offset + 2) {
      const first = bytes[offset]!;
      const second = bytes[offset + 1]!;
      check(first, second);
      const start = offset + (second < 126 ? 2 : second === 126 ? 4 : 10);
      if (bytes.length < start) break;
      const end = start + (second < 126 ? second : longLength(bytes, offset + 2, second));
      if (bytes.length < end) break;
      onFrame(first & 0x0f, bytes, start, end);
      offset = end;
    }
    // Copied, because the caller reads its next chunk into the same memory.
    rest = offset === bytes.length ? nothing : Buffer.from(bytes.subarray(offset));
  };
}

function check(first: number, second: number): void {
  if ((first & 0x70) !== 0) throw new Error('a frame has reserved bits set');
  // The relay writes each message as one frame.
  if ((first & 0x80) === 0) throw new Error('a message is fragmented');
  if (second > 127) throw new Error('a server frame is masked');
}

function longLength(bytes: Buffer, offset: number, marker: number): number {
  const length = marker === 126 ? bytes.readUInt16BE(offset) : Number(bytes.readBigUInt64BE(offset));
  if (length > maxFrameBytes) throw new Error(`a frame of ${length} bytes is too long`);
  return length;
}
