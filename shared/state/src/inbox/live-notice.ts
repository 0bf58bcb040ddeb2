import type { DeviceKey } from '@openrelay/protocol';
import { type Digest, type Envelope, latin1Of, unpackEnvelope } from '../messages/envelope';
import type { DeliveryOutcome } from '../messages/forwarder';

/** A live-only message for a connection of this node, and the node that waits for what becomes of it. */
export type LiveNotice = {
  kind: 'live';
  device: DeviceKey;
  session: string;
  asker: string;
  /** By which the asking node names the message. */
  number: number;
  /** When the asking node gives up, by Redis's clock: nothing is delivered later. */
  deadlineMs: number;
  /** How far the recipient's queue had got: the message comes after that. */
  seq: number;
  /** Under which it is remembered; '' for one without an id of its sender's. */
  digest: Digest;
  /** The message, or the name to fetch it by. */
  content: Envelope | string;
  bytes: number;
};

export type AnsweredNotice = { kind: 'answered'; number: number; outcome: DeliveryOutcome };

const outcomes: readonly unknown[] = ['handed', 'behind', 'absent'] satisfies DeliveryOutcome[];

/** A count or a time of a script. Anything else would spoil what is computed with it. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** @param published as `message_forward` wrote it; none of it is trusted */
export function readLiveNotice(published: readonly unknown[]): LiveNotice | undefined {
  const [, device, session, asker, number, deadlineMs, seq, digest, content, bytes] = published;
  if (![device, session, asker].every((text) => typeof text === 'string')) return undefined;
  if (![number, deadlineMs, seq, bytes].every(isWhole)) return undefined;
  if (!(digest instanceof Uint8Array) || (typeof content !== 'string' && !(content instanceof Uint8Array)))
    return undefined;
  const message = typeof content === 'string' ? content : unpackEnvelope(content)?.envelope;
  if (message === undefined) return undefined;
  const named = { device, session, asker, number, deadlineMs, seq, bytes } as Omit<LiveNotice, 'content' | 'digest'>;
  return { ...named, kind: 'live', digest: latin1Of(digest), content: message };
}

/** @param published as `message_answer` wrote it; none of it is trusted */
export function readAnsweredNotice([, number, outcome]: readonly unknown[]): AnsweredNotice | undefined {
  if (typeof number !== 'number' || !outcomes.includes(outcome)) return undefined;
  return { kind: 'answered', number, outcome: outcome as DeliveryOutcome };
}
