/** The frames of one flow, which differ from one message to the next in the sequence number alone. */
import { encodeText } from './frame';
import { messageId, writeSequence } from './message-id';

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const ttlSeconds = 300;

export type FlowIdentity = { run: string; flow: number; senderId: string; recipientId: string };

/** Text as ciphertext looks in JSON: `bytes` characters of base64. */
export function sealedText(bytes: number): string {
  return Array.from({ length: bytes }, (_, index) => base64[(index * 37 + (index >> 5)) % base64.length]).join('');
}

export function sendText(identity: FlowIdentity, sealed: string, sequence: number, nowSeconds: number): string {
  const payload = {
    recipient_id: identity.recipientId,
    sender_id: identity.senderId,
    encrypted_data: sealed,
    message_id: messageId(identity.run, identity.flow, sequence),
    timestamp: nowSeconds,
    ttl: ttlSeconds,
    signature: null,
    hardware_id: identity.senderId,
    content_type: 'Text',
    size_bytes: sealed.length,
  };
  return JSON.stringify({ type: 'Send', payload });
}

export function ackText(identity: FlowIdentity, sequence: number): string {
  return JSON.stringify({ type: 'Ack', payload: { message_id: messageId(identity.run, identity.flow, sequence) } });
}

export class MessageFrames {
  private readonly template: Buffer;
  private readonly idOffset: number;

  /** @param text a message whose id has sequence number 0. */
  constructor(text: string, { run, flow }: FlowIdentity) {
    this.template = encodeText(text);
    this.idOffset = this.template.indexOf(messageId(run, flow, 0));
    if (this.idOffset < 0) throw new Error('the message does not hold its id');
  }

  /** One frame for each sequence number, one behind the other, so that they leave in one write. */
  encode(sequences: readonly number[]): Buffer {
    const frames = Buffer.allocUnsafe(sequences.length * this.template.length);
    let offset = 0;
    for (const sequence of sequences) {
      frames.set(this.template, offset);
      writeSequence(frames, offset + this.idOffset, sequence);
      offset += this.template.length;
    }
    return frames;
  }
}
