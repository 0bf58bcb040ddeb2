/** WebSocket frames as a client writes them (RFC 6455, section 5). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const finalBit = 0x80;
const maskedBit = 0x80;
const maskBytes = 4;

/**
 * One whole client frame. Clients must mask, but any key will do: key 0 leaves the payload as it is, which spares the
 * generator a pass over each message and costs the relay the same as any other key.
 */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const lengthBytes = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const headerBytes = 2 + lengthBytes + maskBytes;
  const frame = Buffer.alloc(headerBytes + payload.length);
  frame[0] = finalBit | opcode;
  frame[1] = maskedBit | (lengthBytes === 0 ? payload.length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(payload.length, 2);
  if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(payload.length), 2);
  frame.set(payload, headerBytes);
  return frame;
}

export function encodeText(text: string): Buffer {
  return encodeFrame(opcodes.text, Buffer.from(text));
}

export function encodeClose(code: number): Buffer {
  return encodeFrame(opcodes.close, Buffer.from([code >> 8, code & 0xff]));
}
