import { type DeviceKey, repeatWindowMs } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { shardPrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';
import {
  type Envelope,
  type EnvelopeTimes,
  packEnvelope,
  type QueuedMessage,
  repeatKeyOf,
  unpackEnvelope,
} from './envelope';
import { QueueSweeper } from './queue-sweeper';

/** @property repeatable whether the same id from the same sender is to be stored once only */
export type Acceptance = { recipient: DeviceKey; ttlMs: number; repeatable: boolean; envelope: Envelope };

/** What is stored while too few replicas have it, so that a fail-over of Redis might lose it. */
type Confirmation = { isUnconfirmed?: true };

/** Times are Unix ms by Redis's clock. */
export type Accepted =
  | ({ status: 'local'; seq: number; expiresAtMs: number; session: string } & Confirmation)
  | ({ status: 'delivered' | 'queued'; seq: number; expiresAtMs: number } & Confirmation)
  /** Accepted before; `expiresAtMs` is 0 when it was handed on live and not stored. */
  | ({ status: 'repeated'; expiresAtMs: number } & Confirmation)
  /** Another of its id, for a live connection alone, is being handed over; nothing was stored. */
  | ({ status: 'under way' } & Confirmation)
  | { status: 'full' | 'stale'; depth: number };

/** A connection that asks for what lies behind its cursor (the last seq it was handed). */
export type Reader = { device: DeviceKey; session: string; cursor: number };

/**
 * @property expired how many messages were taken out on the way because their lifetime had ended
 * @property unreadable how many were left where they are, being damaged: the sweep has them when they expire
 */
export type Page =
  | { status: 'page'; more: boolean; cursor: number; expired: number; unreadable: number; messages: QueuedMessage[] }
  | { status: 'gone' };

/** What became of an ack; nothing was done for a session that does not hold the device. */
export type Acknowledged = 'taken' | 'missing' | 'notHeld';

/** @property message what was acknowledged; absent when nothing is remembered of it */
export type Acknowledgement = {
  device: DeviceKey;
  session: string;
  seq: number;
  bytes: number;
  message?: Pick<Envelope, 'sender' | 'id' | 'ackable'> & Pick<EnvelopeTimes, 'expiresAtMs'>;
};

/** `minReplicas` must have a message before it counts as accepted; 0 asks none. */
export type QueueRules = { maxMessages: number; maxBytes: number; minReplicas: number };

/** A page a reader gets at a time: small enough that no call holds Redis for long. */
export const pageMessages = 64;
export const pageBytes = 512 * 1024;
/** Larger envelopes are not published but pulled, to keep Redis's buffers for subscribers small. */
export const largestPublished = 64 * 1024;
/** How long replicas may take; with the call itself this stays below what a sender waits for. */
const replicationBoundMs = 200;
/** Lifetimes of queues are a backstop behind the sweeps that keep the books, and are renewed only now and then. */
const lifetimeSlackMs = 24 * 3600 * 1000;
/** Calls that sweep the queues of a batch: enough for the most that they may hold. */
const mostSweeps = 10_000;

type Verdict = [status: string, first: number, expiresAtMs?: number, session?: string];

function readVerdict([status, first, expiresAtMs = 0, session = '']: Verdict): Accepted {
  switch (status) {
    case 'local':
      return { status, seq: first, expiresAtMs, session };
    case 'delivered':
    case 'queued':
      return { status, seq: first, expiresAtMs };
    case 'repeated':
      return first < 0 ? { status: 'under way' } : { status, expiresAtMs: first };
    case 'full':
    case 'stale':
      return { status, depth: first };
    default:
      throw new Error(`message_accept answered the unknown status ${status}`);
  }
}

function readAcknowledged(state: number): Acknowledged {
  if (state < 0) return 'notHeld';
  return state === 1 ? 'taken' : 'missing';
}

function unconfirmed(verdict: Accepted): Accepted {
  return 'depth' in verdict ? verdict : { ...verdict, isUnconfirmed: true };
}

function readPage(reply: unknown[]): Page {
  if (String(reply[0]) !== 'page') return { status: 'gone' };
  const [, more, cursor, expired] = reply;
  const messages: QueuedMessage[] = [];
  let unreadable = 0;
  for (let i = 4; i < reply.length; i += 2) {
    const bytes = reply[i + 1] as Buffer;
    const message = unpackEnvelope(bytes);
    if (message) messages.push({ seq: Number(reply[i]), bytes: bytes.length, ...message });
    else unreadable += 1;
  }
  return { status: 'page', more: more === 1, cursor: Number(cursor), expired: Number(expired), unreadable, messages };
}

/** Bytes of a packed batch, roughly and rather more. */
function capacityFor(batch: Acceptance[]): number {
  const idsAndHeads = 320;
  return batch.reduce((bytes, { envelope }) => bytes + envelope.sealed.frame.length + idsAndHeads, 16);
}

/** The devices' queues: a sorted set each, by a counter of its own. All calls take a batch of one shard. */
export class MessageQueue {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
    private readonly rules: QueueRules,
  ) {}

  /** Bytes of the largest envelope that an empty queue takes. */
  get maxBytes(): number {
    return this.rules.maxBytes;
  }

  /**
   * Stores a batch in order and wakes the nodes that hold the recipients.
   * @throws RedisUnavailable | ReplyError (out of memory, late)
   */
  async accept(shard: number, batch: Acceptance[]): Promise<Accepted[]> {
    const pack = new RawPack(capacityFor(batch)).array(batch.length);
    for (const { recipient, ttlMs, repeatable, envelope } of batch) {
      const repeatKey = repeatable ? repeatKeyOf(envelope) : '';
      pack.array(4).ascii(recipient).ascii(repeatKey).number(ttlMs);
      packEnvelope(pack, envelope);
    }
    const { maxMessages, maxBytes, minReplicas } = this.rules;
    const key = shardPrefix(shard);
    const askedAtMs = this.link.clock.monotonicMs();
    const reply = await this.link.run('message_accept', {
      shard: key,
      messages: pack.toBuffer(),
      node: this.node,
      maxMessages,
      maxBytes,
      repeatWindowMs,
      slackMs: lifetimeSlackMs,
      publishBytes: largestPublished,
    });
    const [nowMs, ...verdicts] = unpackr.unpack(reply as Buffer) as [number, ...Verdict[]];
    this.link.clock.observe(nowMs, askedAtMs);
    const accepted = verdicts.map(readVerdict);
    if (minReplicas === 0 || (await this.link.isReplicated(key, minReplicas, replicationBoundMs))) return accepted;
    return accepted.map(unconfirmed);
  }

  /** One page for each reader. @throws RedisUnavailable | ReplyError */
  async pull(shard: number, readers: Reader[]): Promise<Page[]> {
    const pack = new RawPack().array(readers.length);
    for (const { device, session, cursor } of readers) pack.array(3).ascii(device).ascii(session).number(cursor);
    const askedAtMs = this.link.clock.monotonicMs();
    const reply = await this.link.run('message_pull', {
      shard: shardPrefix(shard),
      readers: pack.toBuffer(),
      maxMessages: pageMessages,
      maxBytes: pageBytes,
    });
    const [nowMs, ...pages] = reply as [number, ...unknown[][]];
    this.link.clock.observe(nowMs, askedAtMs);
    return pages.map(readPage);
  }

  /** Takes messages out of their queues. @throws RedisUnavailable | ReplyError */
  async acknowledge(shard: number, acks: Acknowledgement[]): Promise<Acknowledged[]> {
    const pack = new RawPack().array(acks.length);
    for (const { device, session, seq, bytes, message } of acks) {
      pack.array(5).ascii(device).ascii(session).number(seq).number(bytes).ascii(this.longRemembered(message));
    }
    const values = { shard: shardPrefix(shard), acks: pack.toBuffer(), repeatWindowMs };
    const reply = await this.link.run('message_ack', values);
    return (unpackr.unpack(reply as Buffer) as number[]).map(readAcknowledged);
  }

  /** The name under which a message is remembered, when that is for longer than ids of acknowledged ones are; else ''. */
  private longRemembered(message: Acknowledgement['message']): string {
    if (!message?.ackable || message.expiresAtMs <= this.link.clock.now() + repeatWindowMs) return '';
    return repeatKeyOf(message);
  }

  /** Takes out what has expired. Answers how many messages that were. @throws RedisUnavailable | ReplyError */
  async expire(shard: number, devices: DeviceKey[]): Promise<number> {
    const sweeper = new QueueSweeper(this.link);
    let expired = 0;
    let left = devices;
    for (let call = 0; call < mostSweeps && left.length > 0; call += 1) {
      const swept = await sweeper.sweepDevices(shard, left);
      expired += swept.expired;
      left = left.slice(swept.queues);
    }
    return expired;
  }
}
