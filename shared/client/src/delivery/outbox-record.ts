import { base64OfBytes, bytesOfBase64 } from '@openrelay/protocol';
import type { ContentType } from '../connection/frames/messages';

/** A message on its way, as far as a restart has to know it. */
export type Waiting = {
  readonly messageId: string;
  readonly recipientId: string;
  readonly data: Uint8Array;
  readonly ttlSeconds: number | undefined;
  readonly contentType: ContentType | undefined;
  readonly whenRefused: 'reject' | 'wait';
  /** Unix ms. */
  readonly untilMs: number | undefined;
};

/** As it stands in the store: in JSON, its data in base64. */
type Written = Omit<Waiting, 'data'> & { readonly v: number; readonly data: string };

export const outboxPrefix = 'outbox:';
const sequenceDigits = 16;

/** Keys sort in the order of posting. */
export function outboxKey(sequence: number): string {
  return `${outboxPrefix}${String(sequence).padStart(sequenceDigits, '0')}`;
}

export function sequenceOf(key: string): number {
  return Number(key.slice(outboxPrefix.length));
}

export function writeRecord({ data, ...fields }: Waiting): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, ...fields, data: base64OfBytes(data) }));
}

/** Undefined for a record that is damaged, or of a later version. */
export function readRecord(bytes: Uint8Array): Waiting | undefined {
  try {
    const { v, ...fields } = JSON.parse(new TextDecoder().decode(bytes)) as Written;
    const data = bytesOfBase64(fields.data);
    const isWhole = v === 1 && typeof fields.messageId === 'string' && typeof fields.recipientId === 'string';
    if (!isWhole || data === undefined) return undefined;
    const { messageId, recipientId, ttlSeconds, contentType, untilMs } = fields;
    const whenRefused = fields.whenRefused === 'wait' ? 'wait' : 'reject';
    return { messageId, recipientId, data, ttlSeconds, contentType, whenRefused, untilMs };
  } catch {
    return undefined;
  }
}
