import { describe, expect, test } from '@jest/globals';
import { encodeFrame, encodeText, opcodes } from '../../src/bench/wire/frame';
import { frameReader } from '../../src/bench/wire/frame-reader';

type Seen = { opcode: number; payload: string };

/** A server's frame, written out by hand from RFC 6455: not masked. */
function serverFrame(payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : lengthIn8Bytes(length);
  return Buffer.concat([Buffer.from([0x80 | opcodes.text, ...head]), payload]);
}

function lengthIn8Bytes(length: number): number[] {
  return [127, 0, 0, 0, 0, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
}

function readAll(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const read = frameReader((opcode, bytes, start, end) => {
    seen.push({ opcode, payload: bytes.toString('latin1', start, end) });
  });
  // One memory for all chunks, as the socket reads them: what is kept beyond the call must have been copied.
  const memory = Buffer.alloc(Math.max(...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    chunk.copy(memory);
    read(memory.subarray(0, chunk.length));
    memory.fill(0xff);
  }
  return seen;
}

const lengthsBytes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];

describe('a client frame', () => {
  test.each(lengthsBytes)('of %i bytes carries its length, a mask of 0 and the payload as it is', (length) => {
    const payload = Buffer.alloc(length, 'x');
    const frame = encodeFrame(opcodes.text, payload);
    const headerLength = frame.length - length;
    expect(headerLength).toBe(length < 126 ? 6 : length < 65_536 ? 8 : 14);
    expect(frame[0]).toBe(0x81);
    expect(frame[1]! & 0x80).toBe(0x80);
    const claimed = { 6: frame[1]! & 0x7f, 8: frame.readUInt16BE(2), 14: length < 65_536 ? 0 : frame.readUInt32BE(6) };
    expect(claimed[headerLength as 6 | 8 | 14]).toBe(length);
    expect(frame.subarray(headerLength - 4, headerLength)).toEqual(Buffer.alloc(4));
    expect(frame.subarray(headerLength).equals(payload)).toBe(true);
  });

  test('counts the bytes of a text and not its characters', () => {
    expect(encodeText('ö')).toEqual(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0xb6]));
  });
});

describe('the frame reader', () => {
  test.each(lengthsBytes)('reads a frame of %i bytes', (length) => {
    const payload = Buffer.alloc(length, 'y');
    expect(readAll([serverFrame(payload)])).toEqual([{ opcode: opcodes.text, payload: payload.toString() }]);
  });

  test('reads several frames of one chunk in their order', () => {
    const chunk = Buffer.concat(['a', 'bb', ''].map((text) => serverFrame(Buffer.from(text))));
    expect(readAll([chunk]).map(({ payload }) => payload)).toEqual(['a', 'bb', '']);
  });

  test('reads frames that are cut at any byte', () => {
    const stream = Buffer.concat(
      [300, 5, 0, 130].map((length, index) => serverFrame(Buffer.alloc(length, 65 + index))),
    );
    const whole = readAll([stream]);
    expect(whole).toHaveLength(4);
    for (let cut = 1; cut < stream.length; cut += 1) {
      expect(readAll([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole);
    }
    expect(readAll([...stream].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  test('refuses what no relay sends', () => {
    expect(() => readAll([encodeText('masked')])).toThrow('masked');
    expect(() => readAll([Buffer.from([0xc1, 0])])).toThrow('reserved');
    for (const first of [0x01, 0x00]) expect(() => readAll([Buffer.from([first, 0])])).toThrow('fragmented');
    expect(() => readAll([Buffer.from([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0])])).toThrow('too long');
  });
});
