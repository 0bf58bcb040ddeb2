import { isContentType, isUuid } from './fields';
import { isHardwareId } from './identity';
import { freeFieldBytes } from './limits';
import type { AckMessage, SendMessage } from './messages';
import { Sealed } from './sealed';

/** How the platform does fastest what this needs. */
export type PlainPlatform = {
  /** A text of its own, of one character for each byte from `start` up to `end`. */
  latin1: (bytes: Uint8Array, start: number, end: number) => string;
  /** Bytes of any content. */
  allocate: (length: number) => Uint8Array;
  /** Where a text of ASCII characters first stands from there on; -1: nowhere. */
  find: (bytes: Uint8Array, text: string, from: number) => number;
  /** Of a frame with more bytes than this, the data is never made a text. */
  longBytes: number;
};

const quote = 0x22;
const comma = 0x2c;
const zero = 0x30;
const nine = 0x39;
const closeObject = 0x7d;
/** So many digits are always exact. */
const mostDigits = 15;

const ackHead = '{"type":"Ack","payload":{"message_id":"';
const ackTail = '"}}';
const dataHead = '"encrypted_data":"';
const sendHead = '{"type":"Send","payload":';
const receiveHead = '{"type":"Receive","payload":';
const receiveHeadBytes = Uint8Array.from(receiveHead, (char) => char.charCodeAt(0));

/** Whether all bytes are printable ASCII: no JSON text with white space between its lines, and no string with other characters. */
function isPrintable(bytes: Uint8Array): boolean {
  if (bytes.byteOffset % 4 !== 0) return false; // only the speed depends on it
  // Four at a time. Taking 0x20 from each byte sets the high bit of those that are below; those above 0x7f have it set.
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let high = 0;
  for (let i = 0; i < words.length; i += 1) high |= words[i]! | (words[i]! - 0x20202020);
  for (let i = 4 * words.length; i < bytes.length; i += 1) high |= bytes[i]! | (bytes[i]! - 0x20);
  return (high & 0x80808080) === 0;
}

/**
 * HOT PATH. Reads what devices send most, a `Send` or an `Ack`, when it is written as nearly all are: compact, in printable ASCII
 * without escapes, no field twice or unknown, in the device's own name. Undefined for everything else, right or wrong:
 * `decodeJsonFrame` decides on that, and answers the same on what this takes.
 * @param ownId as the device wrote it when it registered
 */
export function decodePlainFrame(
  bytes: Uint8Array,
  ownId: string,
  platform: PlainPlatform,
): SendMessage | AckMessage | undefined {
  if (!isPrintable(bytes)) return undefined;
  if (bytes.length > platform.longBytes) return plainLong(bytes, ownId, platform);
  const text = platform.latin1(bytes, 0, bytes.length);
  if (text.includes('\\')) return undefined;
  if (text.startsWith(`${sendHead}{`)) return plainSend(text, bytes, noGap, ownId, platform);
  return text.startsWith(ackHead) ? plainAck(text) : undefined;
}

/** Bytes of a frame that its text leaves out, and where. */
type Gap = { readonly at: number; readonly length: number };

const noGap: Gap = { at: 0, length: 0 };

/**
 * A `Send` whose text leaves its data out: a text of all of it costs more than all else. No string has escapes, so the data ends
 * at the next quote. What stands before it can only be its key: `SendReader` takes nothing else in front of an empty string.
 */
function plainLong(bytes: Uint8Array, ownId: string, platform: PlainPlatform): SendMessage | undefined {
  const head = platform.find(bytes, dataHead, 0);
  const at = head + dataHead.length;
  const end = head === -1 ? -1 : platform.find(bytes, '"', at);
  if (end === -1 || platform.find(bytes, '\\', 0) !== -1) return undefined;
  const text = platform.latin1(bytes, 0, at) + platform.latin1(bytes, end, bytes.length);
  const isSend = text.startsWith(`${sendHead}{`);
  return isSend ? plainSend(text, bytes, { at, length: end - at }, ownId, platform) : undefined;
}

function plainAck(text: string): AckMessage | undefined {
  const end = text.length - ackTail.length;
  const messageId = text.slice(ackHead.length, end);
  return text.startsWith(ackTail, end) && isUuid(messageId) ? { type: 'Ack', messageId } : undefined;
}

/** The fields of a `Send` that were read, each a bit: none may stand twice, and only `signature` may be missing. */
const bits = {
  hardware_id: 1,
  sender_id: 2,
  recipient_id: 4,
  message_id: 8,
  encrypted_data: 16,
  content_type: 32,
  timestamp: 64,
  ttl: 128,
  size_bytes: 256,
  signature: 512,
} as const;
const needed = bits.signature - 1;

/** Reads the members of a `Send`'s payload; what it finds wrong, or unusual, ends it with `isPlain` false. */
class SendReader {
  recipientId = '';
  messageId = '';
  dataLength = 0;
  ttlSeconds = 0;
  private found = 0;
  private number = 0;

  constructor(
    private readonly text: string,
    private readonly bytes: Uint8Array,
    private readonly gap: Gap,
    private readonly ownId: string,
    private readonly platform: PlainPlatform,
  ) {}

  /** Reads from the first key on. Answers the offset after the payload; -1 for none that is plain. */
  read(start: number): number {
    const { text } = this;
    let at = start;
    for (;;) {
      const keyEnd = text.indexOf('":', at + 1);
      if (text.charCodeAt(at) !== quote || keyEnd === -1) return -1;
      const end = this.take(text.slice(at + 1, keyEnd), keyEnd + 2);
      if (end === -1) return -1;
      const next = text.charCodeAt(end);
      if (next === closeObject) return (this.found & needed) === needed ? end + 1 : -1;
      if (next !== comma) return -1;
      at = end + 1;
    }
  }

  /** Takes one field. Answers the offset after its value; -1 for one that is not plain. */
  private take(key: string, at: number): number {
    switch (key) {
      case 'hardware_id':
        return this.once(bits.hardware_id, this.own(at));
      case 'sender_id':
        return this.once(bits.sender_id, this.own(at));
      case 'recipient_id': {
        const end = this.textEnd(at);
        this.recipientId = this.kept(at, end);
        return this.once(bits.recipient_id, isHardwareId(this.recipientId) ? end : -1);
      }
      case 'message_id': {
        const end = this.textEnd(at);
        this.messageId = this.kept(at, end);
        return this.once(bits.message_id, isUuid(this.messageId) ? end : -1);
      }
      case 'encrypted_data': {
        const end = this.textEnd(at);
        this.dataLength = end - at - 2 + this.gap.length;
        return this.once(bits.encrypted_data, end);
      }
      case 'content_type': {
        const end = this.textEnd(at);
        return this.once(bits.content_type, isContentType(this.text.slice(at + 1, end - 1)) ? end : -1);
      }
      case 'timestamp':
        return this.once(bits.timestamp, this.wholeEnd(at));
      case 'ttl': {
        const end = this.wholeEnd(at);
        this.ttlSeconds = this.number;
        return this.once(bits.ttl, end);
      }
      case 'size_bytes':
        return this.once(bits.size_bytes, this.wholeEnd(at));
      case 'signature':
        return this.once(bits.signature, this.text.startsWith('null', at) ? at + 4 : this.textEnd(at));
      default:
        return -1;
    }
  }

  /** What stands between these quotes, as a text that is kept for longer than the frame: a part of the frame's text would keep all of it. */
  private kept(at: number, end: number): string {
    if (end === -1) return '';
    const { gap } = this;
    const before = at < gap.at ? 0 : gap.length;
    return this.platform.latin1(this.bytes, before + at + 1, before + end - 1);
  }

  private once(bit: number, end: number): number {
    if ((this.found & bit) !== 0) return -1;
    this.found |= bit;
    return end;
  }

  private own(at: number): number {
    const end = this.textEnd(at);
    return end - at - 2 === this.ownId.length && this.text.startsWith(this.ownId, at + 1) ? end : -1;
  }

  /** The offset after a string, which has no escapes. */
  private textEnd(at: number): number {
    return this.text.charCodeAt(at) === quote ? this.text.indexOf('"', at + 1) + 1 || -1 : -1;
  }

  /** The offset after a whole number of digits only, which is kept. */
  private wholeEnd(at: number): number {
    const { text } = this;
    let value = 0;
    let end = at;
    for (let code = text.charCodeAt(end); code >= zero && code <= nine; code = text.charCodeAt(end)) {
      value = 10 * value + code - zero;
      end += 1;
    }
    this.number = value;
    const digits = end - at;
    const isWhole = digits > 0 && digits <= mostDigits && (digits === 1 || text.charCodeAt(at) !== zero);
    return isWhole ? end : -1;
  }
}

function plainSend(
  text: string,
  bytes: Uint8Array,
  gap: Gap,
  ownId: string,
  platform: PlainPlatform,
): SendMessage | undefined {
  if (ownId === '') return undefined;
  const reader = new SendReader(text, bytes, gap, ownId, platform);
  const last = text.length - 1;
  if (reader.read(sendHead.length + 1) !== last || text.charCodeAt(last) !== closeObject) return undefined;
  const { recipientId, messageId, ttlSeconds, dataLength } = reader;
  // The same head and tail, of another length: the payload and the brace after it.
  const frame = platform.allocate(receiveHead.length + bytes.length - sendHead.length);
  frame.set(receiveHeadBytes);
  frame.set(bytes.subarray(sendHead.length), receiveHead.length);
  return {
    type: 'Send',
    claimedId: ownId,
    senderId: ownId,
    recipientId,
    messageId,
    ttlSeconds,
    payloadBytes: dataLength,
    excessBytes: Math.max(0, bytes.length - 1 - sendHead.length - (dataLength + 2) - freeFieldBytes),
    forward: new Sealed('json', frame),
  };
}
