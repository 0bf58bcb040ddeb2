/** The frames of one flow, which differ from one message to the next in the sequence number alone. */
import { randomBytes } from 'node:crypto';
import { encodeText } from './frame';
import { messageId, writeSequence } from './message-id';

const ttlSeconds = 300;

export type FlowIdentity = { run: string; flow: number; senderId: string; recipientId: string };

/** Text as ciphertext looks in JSON: `bytes` characters of base64. */
export function sealedText(bytes: number): string {
  return randomBytes(bytes).toString('base64').slice(0, bytes);
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

/**
 * Encodes one frame for each sequence number, one after the other, so that they leave in one write.
 * @param text a message whose id has sequence number 0.
 */
export function messageFrames(text: string, { run, flow }: FlowIdentity): (sequences: readonly number[]) => Buffer {
  const template = encodeText(text);
  const idOffset = template.indexOf(messageId(run, flow, 0));
  if (idOffset < 0) throw new Error('the message does not hold its id');
  return (sequences) => {
    const frames = Buffer.allocUnsafe(sequences.length * template.length);
    for (let index = 0; index < sequences.length; index += 1) {
      frames.set(template, index * template.length);
      writeSequence(frames, index * template.length + idOffset, sequences[index]!);
    }
    return frames;
  };
}
