/** Reads the frames of a server out of a byte stream that is cut anywhere. */
import { opcodes } from './frame';

const maxFrameBytes = 64 * 1024 * 1024;

/** `bytes` from `start` to `end` is the payload; it is only valid during the call. */
export type FrameHandler = (opcode: number, bytes: Buffer, start: number, end: number) => void;

const nothing = Buffer.alloc(0);
type Header = { first: number; payloadStart: number; end: number };

export class FrameReader {
  private rest: Buffer = nothing;
  private fragments: Buffer[] = [];
  private fragmentBytes = 0;
  private fragmentOpcode: number = opcodes.text;

  constructor(private readonly onFrame: FrameHandler) {}

  /** Hands out each whole message of `chunk` and of what was left before it. Throws on what no server may send. */
  read(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let offset = 0;
    for (;;) {
      const header = readHeader(bytes, offset);
      if (!header || header.end > bytes.length) break;
      this.take(header, bytes);
      offset = header.end;
    }
    // Copied, because the caller reads its next chunk into the same memory.
    this.rest = offset === bytes.length ? nothing : Buffer.from(bytes.subarray(offset));
  }

  private take({ first, payloadStart, end }: Header, bytes: Buffer): void {
    const opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    if (isFinal && opcode !== opcodes.continuation) {
      this.onFrame(opcode, bytes, payloadStart, end);
      return;
    }
    this.collect(opcode, Buffer.from(bytes.subarray(payloadStart, end)));
    if (isFinal) this.finishFragments();
  }

  private collect(opcode: number, fragment: Buffer): void {
    if (opcode !== opcodes.continuation) this.fragmentOpcode = opcode;
    this.fragmentBytes += fragment.length;
    if (this.fragmentBytes > maxFrameBytes) throw new Error('a fragmented message is too long');
    this.fragments.push(fragment);
  }

  private finishFragments(): void {
    const message = Buffer.concat(this.fragments);
    this.fragments = [];
    this.fragmentBytes = 0;
    this.onFrame(this.fragmentOpcode, message, 0, message.length);
  }
}

/** Undefined when the header is not whole yet. */
function readHeader(bytes: Buffer, offset: number): Header | undefined {
  if (bytes.length < offset + 2) return undefined;
  const first = bytes[offset]!;
  const second = bytes[offset + 1]!;
  if ((first & 0x70) !== 0) throw new Error('a frame has reserved bits set');
  if (second > 127) throw new Error('a server frame is masked');
  const payloadStart = offset + (second < 126 ? 2 : second === 126 ? 4 : 10);
  if (bytes.length < payloadStart) return undefined;
  const length = second < 126 ? second : readLength(bytes, offset + 2, second);
  if (length > maxFrameBytes) throw new Error(`a frame of ${length} bytes is too long`);
  return { first, payloadStart, end: payloadStart + length };
}

function readLength(bytes: Buffer, offset: number, marker: number): number {
  return marker === 126 ? bytes.readUInt16BE(offset) : Number(bytes.readBigUInt64BE(offset));
}
