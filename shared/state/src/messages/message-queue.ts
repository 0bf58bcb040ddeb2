import type { DeviceKey } from '@openrelay/protocol';
import type { Pieces } from '../link/large-call';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';
import { placesByDevice } from './by-device';
import {
  type Digest,
  type Envelope,
  envelopePieces,
  latin1Of,
  packWhole,
  type QueuedMessage,
  unpackEnvelope,
} from './envelope';
import { QueueSweeper } from './queue-sweeper';

/**
 * @property senderIsKnown whether the sender may use the second half of the queue
 * @property tag of the sender for this recipient, 16 bytes; given when the recipient is `listed`
 */
export type Acceptance = {
  shard: number;
  recipient: DeviceKey;
  ttlMs: number;
  senderIsKnown: boolean;
  envelope: Envelope;
  tag?: Uint8Array | undefined;
};

/** Stored, but on too few replicas: a fail-over of Redis might lose it. */
type Confirmation = { isUnconfirmed?: true };

/** Times are Unix ms by Redis's clock. */
export type Accepted =
  | ({ status: 'local'; seq: number; expiresAtMs: number; session: string } & Confirmation)
  | ({ status: 'delivered' | 'queued'; seq: number; expiresAtMs: number } & Confirmation)
  /** Accepted before; `expiresAtMs` is 0 when it was live-only and not stored. */
  | ({ status: 'repeated'; expiresAtMs: number } & Confirmation)
  /** A live-only message of the same id is being delivered; nothing was stored. */
  | ({ status: 'under way' } & Confirmation)
  /** `listed`: the recipient takes messages from listed contacts only, and no tag was given: ask again with it. */
  | { status: 'listed' }
  /**
   * `stale`: full, but some of the queue has expired. `short`: the store has no room left for such a message. `unlisted`: the
   * sender is no contact of the recipient. Its sender is to be told no difference.
   */
  | { status: 'full' | 'stale' | 'short' | 'unlisted' };

/** A connection that asks for the messages after its cursor, the last seq that it got. */
export type Reader = { shard: number; device: DeviceKey; session: string; cursor: number };

/**
 * @property expired how many expired messages were taken out on the way
 * @property unreadable how many damaged messages were skipped: a sweep takes them out
 */
export type Page =
  | { status: 'page'; more: boolean; cursor: number; expired: number; unreadable: number; messages: QueuedMessage[] }
  | { status: 'gone' };

/** What became of an ack; a session that does not hold the device changes nothing. */
export type Acknowledged = 'taken' | 'missing' | 'notHeld';

/** @property expiresAtMs until when its sender may think that it waits: 0 when its id need not be remembered */
export type Acknowledgement = {
  shard: number;
  device: DeviceKey;
  session: string;
  seq: number;
  bytes: number;
  digest: Digest;
  expiresAtMs: number;
};

/**
 * @property minReplicas how many replicas must have a message before it counts as accepted
 * @property pressure how short the store is of room now, 0 to 4; absent: it never is
 */
export type QueueRules = { maxMessages: number; maxBytes: number; minReplicas: number; pressure?: () => number };

/** A page is small enough that no call keeps Redis busy for long. */
export const pageMessages = 64;
export const pageBytes = 512 * 1024;
/** Of all pages of a call together, about 3 ms: a reader beyond gets an empty page, and asks again. */
export const pagesMessages = 2048;
export const pagesBytes = 4 * 1024 * 1024;
export type PageLimit = { messages: number; bytes: number };
export const wholePage: PageLimit = { messages: pageMessages, bytes: pageBytes };
/** Larger envelopes are pulled instead of published, to keep Redis's buffers for subscribers small. */
export const largestPublished = 64 * 1024;
/** Larger frames are not copied into their envelopes. */
const copiedBytes = 16 * 1024;
/** How long replicas may take; together with the call itself this is less than a sender waits. */
const replicationBoundMs = 200;
/** How much longer than its messages the key of a queue lives, for a sweep to count them; long, as it is seldom renewed. */
const lifetimeSlackMs = 24 * 3600 * 1000;
/** Bound of the calls that sweep the queues of a batch: enough for the most that queues may hold. */
const mostSweeps = 10_000;

/** What `message_accept` answers: the time, and for each recipient its session and three values a message. */
type Verdicts = [nowMs: number, ...values: (string | number)[]];

/** @param groups places of the batch, a recipient's together */
function readVerdicts(verdicts: Verdicts, groups: readonly number[][]): Accepted[] {
  const accepted: Accepted[] = [];
  let at = 1;
  for (const places of groups) {
    const session = verdicts[at++] as string;
    for (const place of places) {
      const [status, seq, expiresAtMs] = [
        verdicts[at] as string,
        verdicts[at + 1] as number,
        verdicts[at + 2] as number,
      ];
      accepted[place] = readVerdict(status, seq, expiresAtMs, session);
      at += 3;
    }
  }
  return accepted;
}

function readVerdict(status: string, seq: number, expiresAtMs: number, session: string): Accepted {
  switch (status) {
    case 'local':
      return { status, seq, expiresAtMs, session };
    case 'delivered':
    case 'queued':
      return { status, seq, expiresAtMs };
    case 'repeated':
      return expiresAtMs < 0 ? { status: 'under way' } : { status, expiresAtMs };
    case 'listed':
    case 'full':
    case 'stale':
    case 'short':
    case 'unlisted':
      return { status };
    default:
      throw new Error(`message_accept answered the unknown status ${status}`);
  }
}

function readAcknowledged(state: number): Acknowledged {
  if (state < 0) return 'notHeld';
  return state === 1 ? 'taken' : 'missing';
}

function expiryText({ expiresAtMs }: Acknowledgement): string {
  return expiresAtMs === 0 ? '' : String(expiresAtMs);
}

function unconfirmed(verdict: Accepted): Accepted {
  switch (verdict.status) {
    case 'listed':
    case 'full':
    case 'stale':
    case 'short':
    case 'unlisted':
      return verdict;
    default:
      return { ...verdict, isUnconfirmed: true };
  }
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

/** What the script knows a sender by: whether it is known, and its tag. */
function markOf({ senderIsKnown, tag }: Acceptance): string {
  const known = senderIsKnown ? '1' : '0';
  return tag === undefined ? known : known + latin1Of(tag);
}

function piecesOf({ envelope, ttlMs }: Acceptance, acceptedAtMs: number): Pieces {
  const times = { acceptedAtMs, expiresAtMs: acceptedAtMs + ttlMs };
  return envelope.sealed.frame.length > copiedBytes ? envelopePieces(envelope, times) : [packWhole(envelope, times)];
}

/** The messages that wait in the mailboxes of devices, each mailbox with seqs of its own. All calls take a batch of one lane. */
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
   * Stores a batch in order and notifies the nodes that hold the recipients.
   * @throws RedisUnavailable | ReplyError (out of memory, late)
   */
  async accept(lane: number, batch: Acceptance[]): Promise<Accepted[]> {
    const acceptedAtMs = Math.floor(this.link.clock.now());
    const groups = placesByDevice(batch.map(({ recipient }) => recipient));
    const pack = new RawPack().array(3 * groups.length + batch.length);
    const envelopes: Pieces[] = [];
    for (const places of groups) {
      const { shard, recipient } = batch[places[0]!]!;
      pack.ascii(String(shard)).ascii(recipient).number(places.length);
      for (const place of places) {
        const acceptance = batch[place]!;
        pack.ascii(markOf(acceptance));
        envelopes.push(piecesOf(acceptance, acceptedAtMs));
      }
    }
    const { maxMessages, maxBytes, minReplicas, pressure } = this.rules;
    const key = lanePrefix(lane);
    const askedAtMs = this.link.clock.monotonicMs();
    const values = {
      lane: key,
      recipients: pack.toBuffer(),
      node: this.node,
      maxMessages,
      maxBytes,
      slackMs: lifetimeSlackMs,
      publishBytes: largestPublished,
      pressure: pressure?.() ?? 0,
    };
    const reply = await this.link.run('message_accept', values, this.link.deadlineMs(), envelopes);
    const verdicts = unpackr.unpack(reply as Buffer) as Verdicts;
    this.link.clock.observe(verdicts[0], askedAtMs);
    const accepted = readVerdicts(verdicts, groups);
    if (minReplicas === 0 || (await this.link.isReplicated(key, minReplicas, replicationBoundMs))) return accepted;
    return accepted.map(unconfirmed);
  }

  /**
   * One page for each reader.
   * @param most messages and bytes of a page; of one message at least
   * @throws RedisUnavailable | ReplyError
   */
  async pull(lane: number, readers: Reader[], most: PageLimit = wholePage): Promise<Page[]> {
    const pack = new RawPack().array(4 * readers.length);
    for (const { shard, device, session, cursor } of readers)
      pack.number(shard).ascii(device).ascii(session).number(cursor);
    const askedAtMs = this.link.clock.monotonicMs();
    const reply = await this.link.run('message_pull', {
      lane: lanePrefix(lane),
      readers: pack.toBuffer(),
      maxMessages: most.messages,
      maxBytes: most.bytes,
      mostMessages: pagesMessages,
      mostBytes: pagesBytes,
    });
    const [nowMs, ...pages] = reply as [number, ...unknown[][]];
    this.link.clock.observe(nowMs, askedAtMs);
    return pages.map(readPage);
  }

  /** Takes messages out of their mailboxes. @throws RedisUnavailable | ReplyError */
  async acknowledge(lane: number, acks: Acknowledgement[]): Promise<Acknowledged[]> {
    const groups = placesByDevice(acks.map(({ session }) => session));
    const pack = new RawPack().array(4 * groups.length + 4 * acks.length);
    for (const places of groups) {
      const { shard, device, session } = acks[places[0]!]!;
      pack.ascii(String(shard)).ascii(device).ascii(session).number(places.length);
      for (const place of places) pack.ascii(acks[place]!.digest);
      for (const place of places) pack.ascii(String(acks[place]!.seq));
      for (const place of places) pack.number(acks[place]!.bytes);
      for (const place of places) pack.ascii(expiryText(acks[place]!));
    }
    const reply = await this.link.run('message_ack', { lane: lanePrefix(lane), acks: pack.toBuffer() });
    const states = unpackr.unpack(reply as Buffer) as number[];
    const acknowledged: Acknowledged[] = [];
    for (const [i, place] of groups.flat().entries()) acknowledged[place] = readAcknowledged(states[i]!);
    return acknowledged;
  }

  /** Takes expired messages out of the mailboxes of these devices of one shard. Answers how many there were. @throws RedisUnavailable | ReplyError */
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
