import { utf8 } from '../crypto/index';
import { sealedOverheadBytes } from '../sessions/sealed-message';

const lengthBytes = 4;
const longestHead = { t: 'chunk', id: 'x'.repeat(64), i: Number.MAX_SAFE_INTEGER };
const headBytes = utf8(JSON.stringify(longestHead)).length;
/** 64 points of the relay's limits; larger ones would only make everything else wait. */
const mostMessageBytes = 65_536;

/** What fits into one sealed message of so many bytes. */
export function chunkBytesFor(messageBytes: number): number {
  const room = Math.min(messageBytes, mostMessageBytes) - sealedOverheadBytes - lengthBytes - headBytes;
  if (room < 1)
    throw new RangeError(`This relay takes ${messageBytes} bytes a message, which is too little for a file.`);
  return room;
}
