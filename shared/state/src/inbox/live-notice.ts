import type { DeviceKey } from '@openrelay/protocol';
import { type Envelope, unpackEnvelope } from '../messages/envelope';
import type { DeliveryOutcome } from '../messages/forwarder';

/** A message for a live connection alone, and the node that waits to hear what becomes of it. */
export type LiveNotice = {
  kind: 'live';
  device: DeviceKey;
  session: string;
  asker: string;
  /** The asking node's name for it. */
  number: number;
  /** When the asking node gives up, by Redis's clock: nothing is handed over later. */
  deadlineMs: number;
  /** What the recipient's queue had got to: the message comes after that. */
  seq: number;
  repeatKey: string;
  /** The message, or the name under which it waits to be fetched. */
  content: Envelope | string;
  bytes: number;
};

export type AnsweredNotice = { kind: 'answered'; number: number; outcome: DeliveryOutcome };

const outcomes: readonly unknown[] = ['handed', 'behind', 'absent'] satisfies DeliveryOutcome[];

/** What a script counts or reads off its clock; anything else would spoil what is reckoned with it. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** @param published as `message_forward` wrote it; none of it is trusted */
export function readLiveNotice(published: readonly unknown[]): LiveNotice | undefined {
  const [, device, session, asker, number, deadlineMs, seq, repeatKey, content, bytes] = published;
  const texts = [device, session, asker, repeatKey];
  const numbers = [number, deadlineMs, seq, bytes];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  if (!numbers.every(isWhole)) return undefined;
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) return undefined;
  const named = { device, session, asker, number, deadlineMs, seq, repeatKey, bytes } as Omit<LiveNotice, 'content'>;
  const message = typeof content === 'string' ? content : unpackEnvelope(content)?.envelope;
  return message === undefined ? undefined : { ...named, kind: 'live', content: message };
}

/** @param published as `message_answer` wrote it; none of it is trusted */
export function readAnsweredNotice([, number, outcome]: readonly unknown[]): AnsweredNotice | undefined {
  if (typeof number !== 'number' || !outcomes.includes(outcome)) return undefined;
  return { kind: 'answered', number, outcome: outcome as DeliveryOutcome };
}
