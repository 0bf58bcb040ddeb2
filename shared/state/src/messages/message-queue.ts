import type { DeviceKey } from '@openrelay/protocol';
import type { Pieces } from '../link/large-call';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';
import { type Digest, type Envelope, envelopePieces, packWhole, type QueuedMessage, unpackEnvelope } from './envelope';
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
/** Of all pages of a call together: a reader beyond gets an empty page, and asks again. */
const pagesBytes = 4 * 1024 * 1024;
export type PageLimit = { messages: number; bytes: number };
export const wholePage: PageLimit = { messages: pageMessages, bytes: pageBytes };
/** Larger envelopes are pulled instead of published, to keep Redis's buffers for subscribers small. */
export const largestPublished = 64 * 1024;
/** Larger envelopes go to Redis as arguments of their own, which it copies less often than what is packed with others. */
const ownBytes = 16 * 1024;
/** How long replicas may take; together with the call itself this is less than a sender waits. */
const replicationBoundMs = 200;
/** How much longer than its messages the key of a queue lives, for a sweep to count them; long, as it is seldom renewed. */
const lifetimeSlackMs = 24 * 3600 * 1000;
/** Bound of the calls that sweep the queues of a batch: enough for the most that queues may hold. */
const mostSweeps = 10_000;

/** What `message_accept` answers: the time, then four values a message. */
type Verdicts = [nowMs: number, ...values: (string | number)[]];

function readVerdicts([, ...values]: Verdicts): Accepted[] {
  const accepted: Accepted[] = [];
  for (let i = 0; i < values.length; i += 4) {
    const [status, seq, expiresAtMs, session] = [values[i]!, values[i + 1]!, values[i + 2]!, values[i + 3]!];
    accepted.push(readVerdict(status as string, seq as number, expiresAtMs as number, session as string));
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

/** Bytes of a packed batch, roughly and rather more. */
function capacityFor(batch: Acceptance[]): number {
  const idsAndHeads = 320;
  return batch.reduce(
    (bytes, { envelope }) => bytes + Math.min(envelope.sealed.frame.length, ownBytes) + idsAndHeads,
    16,
  );
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
    const pack = new RawPack(capacityFor(batch)).array(5 * batch.length);
    const large: Pieces[] = [];
    for (const { shard, recipient, ttlMs, senderIsKnown, envelope, tag } of batch) {
      const times = { acceptedAtMs, expiresAtMs: acceptedAtMs + ttlMs };
      pack.ascii(String(shard)).ascii(recipient);
      if (envelope.sealed.frame.length <= ownBytes) packWhole(pack, envelope, times);
      else {
        large.push(envelopePieces(envelope, times));
        pack.ascii('');
      }
      pack.number(senderIsKnown ? 1 : 0).raw(tag);
    }
    const { maxMessages, maxBytes, minReplicas, pressure } = this.rules;
    const key = lanePrefix(lane);
    const askedAtMs = this.link.clock.monotonicMs();
    const values = {
      lane: key,
      messages: pack.toBuffer(),
      node: this.node,
      maxMessages,
      maxBytes,
      slackMs: lifetimeSlackMs,
      publishBytes: largestPublished,
      pressure: pressure?.() ?? 0,
    };
    const reply = await this.link.run('message_accept', values, this.link.deadlineMs(), large);
    const verdicts = unpackr.unpack(reply as Buffer) as Verdicts;
    this.link.clock.observe(verdicts[0], askedAtMs);
    const accepted = readVerdicts(verdicts);
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
      mostBytes: pagesBytes,
    });
    const [nowMs, ...pages] = reply as [number, ...unknown[][]];
    this.link.clock.observe(nowMs, askedAtMs);
    return pages.map(readPage);
  }

  /** Takes messages out of their mailboxes. @throws RedisUnavailable | ReplyError */
  async acknowledge(lane: number, acks: Acknowledgement[]): Promise<Acknowledged[]> {
    const pack = new RawPack().array(7 * acks.length);
    for (const { shard, device, session, seq, bytes, digest, expiresAtMs } of acks) {
      const expiry = expiresAtMs === 0 ? '' : String(expiresAtMs);
      pack
        .ascii(String(shard))
        .ascii(device)
        .ascii(session)
        .ascii(String(seq))
        .number(bytes)
        .ascii(digest)
        .ascii(expiry);
    }
    const reply = await this.link.run('message_ack', { lane: lanePrefix(lane), acks: pack.toBuffer() });
    return (unpackr.unpack(reply as Buffer) as number[]).map(readAcknowledged);
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
