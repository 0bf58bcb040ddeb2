import type { DeviceKey } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix, liveFrameKey } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';
import { type Digest, type Envelope, envelopeBytes, packEnvelope, packTimeless, unpackEnvelope } from './envelope';
import { largestPublished } from './message-queue';

/**
 * How a recipient that takes messages from listed contacts only treats one of anybody else: a few a minute pass of `pairing`
 * (the first message between two devices) and of `answer` (those that follow it), a `message` does not.
 */
export type LiveKind = 'message' | 'pairing' | 'answer';

/**
 * @property number by which the node that holds the recipient names the message in its answer
 * @property tag of the sender for this recipient, 16 bytes; given when the recipient is `listed`
 */
export type Forwarding = {
  shard: number;
  recipient: DeviceKey;
  envelope: Envelope;
  number: number;
  kind: LiveKind;
  tag?: Uint8Array | undefined;
};

export type Forwarded =
  /** This node holds the recipient, whose queue has got to `seq`, and delivers the message itself. */
  | { status: 'local'; session: string; seq: number }
  /** The node that holds the recipient was notified, and answers what became of the message. */
  | { status: 'published' }
  /** Delivered or accepted before; `expiresAtMs` (Unix ms by Redis's clock) is 0 when it was not stored. */
  | { status: 'repeated'; expiresAtMs: number }
  /** The same id is being delivered for another node, or was for one that died just now. */
  | { status: 'under way' }
  /** The recipient takes messages from listed contacts only, and no tag was given: ask again with it. */
  | { status: 'listed' }
  /** The recipient's socket is backed up. */
  | { status: 'behind' }
  | { status: 'absent' };

/** What became of a live-only message: `handed` to the connection, not sent to a socket that is `behind`, or no connection. */
export type DeliveryOutcome = 'handed' | 'behind' | 'absent';

/**
 * @property digest under which the message is remembered; '' for one without an id of its sender's
 * @property asker the node that waits for the answer; '' when none does
 */
export type LiveAnswer = { shard: number; digest: Digest; outcome: DeliveryOutcome; asker: string; number: number };

/** How long beyond its deadline a message under way is remembered: clocks differ a little. */
const graceMs = 1000;
/** How long a large envelope waits to be fetched; longer than any sender waits. */
const fetchableMs = 2000;
/** Envelopes beyond this many bytes in one call to one node are fetched instead of published, as large ones are. */
export const publishedBytes = 256 * 1024;

type Verdict = [status: Forwarded['status'], detail?: string | number, seq?: number];

function readVerdict([status, detail = '', seq = 0]: Verdict): Forwarded {
  switch (status) {
    case 'local':
      return { status, session: String(detail), seq };
    case 'repeated':
      return { status, expiresAtMs: Number(detail) };
    case 'published':
    case 'under way':
    case 'listed':
    case 'behind':
    case 'absent':
      return { status };
  }
}

/** In the envelope of a live-only message without an id of its sender's, which nobody asks for. */
export const noDigest: Digest = '\0'.repeat(16);

/** The digest under which a live-only message is remembered; '' when it is not. */
export function liveDigestOf({ ackable, digest }: Envelope): Digest {
  return ackable ? digest : '';
}

function isLarge(envelope: Envelope): boolean {
  return envelopeBytes(envelope) > largestPublished;
}

/** Live-only messages: forwarded to the node that holds the recipient, never queued. All calls take a batch of one lane. */
export class Forwarder {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /**
   * Forwards a batch in order; nothing is delivered after `deadlineMs` (Unix ms by Redis's clock). A message with an id of its
   * sender's is delivered once: its repeats, forwarded or stored, are answered as such.
   * @throws RedisUnavailable | ReplyError
   */
  async forward(lane: number, batch: Forwarding[], deadlineMs: number): Promise<Forwarded[]> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, recipient, envelope, number, kind, tag } of batch) {
      const large = isLarge(envelope) ? envelopeBytes(envelope) : 0;
      pack.array(8).number(shard).ascii(recipient).ascii(liveDigestOf(envelope)).number(number).number(large);
      if (large > 0) pack.ascii('');
      else packEnvelope(pack, envelope);
      pack.ascii(kind).raw(tag);
    }
    const values = { lane: lanePrefix(lane), messages: pack.toBuffer(), node: this.node, graceMs, publishedBytes };
    // On the same connection, so Redis has the large envelopes before the script runs.
    const stored = batch.filter(({ envelope }) => isLarge(envelope)).map((forwarding) => this.storeLarge(forwarding));
    const forwarded = this.link.run('message_forward', values, deadlineMs);
    const reply = await forwarded;
    await Promise.all(stored);
    return (unpackr.unpack(reply as Buffer) as Verdict[]).map(readVerdict);
  }

  /**
   * Without the script, which would copy the envelope several times. Redis refuses it when its memory is used up; the others go
   * on then, and the node that does not find it says that the recipient takes nothing just now.
   */
  private async storeLarge({ shard, envelope, number }: Forwarding): Promise<void> {
    const key = liveFrameKey(shard, `${this.node}.${number}`);
    const set = this.link.command(key, (redis) => redis.set(key, packTimeless(envelope), 'PX', fetchableMs));
    await set.catch(() => undefined); // what is unavailable is so for the script, too
  }

  /**
   * Notes what became of messages and answers the nodes that forwarded them. What was not delivered may be sent again.
   * Answers how many nodes got their answer. @throws RedisUnavailable | ReplyError
   */
  async answer(lane: number, batch: LiveAnswer[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { digest, outcome, asker, number } of batch)
      pack.array(4).ascii(digest).ascii(outcome).ascii(asker).number(number);
    const values = { lane: lanePrefix(lane), answers: pack.toBuffer() };
    return Number(await this.link.run('message_answer', values));
  }

  /** Takes large envelopes, by their names in the notices; none where one has expired or is damaged. @throws RedisUnavailable */
  async fetch(wanted: { shard: number; name: string }[]): Promise<(Envelope | undefined)[]> {
    const fetched = wanted.map(({ shard, name }) => {
      const key = liveFrameKey(shard, name);
      return this.link.command(key, (redis) => redis.getdelBuffer(key));
    });
    return (await Promise.all(fetched)).map((bytes) => (bytes ? unpackEnvelope(bytes)?.envelope : undefined));
  }
}
