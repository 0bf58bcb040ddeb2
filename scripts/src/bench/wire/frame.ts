/** WebSocket frames as a client writes them (RFC 6455, section 5). */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const maskBytes = 4;

/**
 * One whole client frame. Clients must mask, but any key will do: key 0 leaves the payload as it is, which spares the
 * generator a pass over each message and costs the relay the same as any other key.
 */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + maskBytes);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

export function encodeText(text: string): Buffer {
  return encodeFrame(opcodes.text, Buffer.from(text));
}
