import { type DeviceKey, repeatWindowMs } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { liveFrameKey, shardPrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';
import { type Envelope, envelopeBytes, packEnvelope, packTimeless, repeatKeyOf, unpackEnvelope } from './envelope';
import { largestPublished } from './message-queue';

/** @property number names the message in the answer of the node that holds the recipient */
export type Forwarding = { recipient: DeviceKey; envelope: Envelope; number: number };

export type Forwarded =
  /** The asking node holds the recipient, whose queue has got to `seq`, and hands it over itself. */
  | { status: 'local'; session: string; seq: number }
  /** The node that holds the recipient was told, and answers what became of it. */
  | { status: 'published' }
  /** Handed over before, or accepted; `expiresAtMs` (Unix ms by Redis's clock) is 0 when it was not stored. */
  | { status: 'repeated'; expiresAtMs: number }
  /** The same id is being handed over for another node, or was for one that died just now. */
  | { status: 'under way' }
  /** The recipient's socket is backed up. */
  | { status: 'behind' }
  | { status: 'absent' };

/** What became of a message that is for a live connection alone: `handed` to it, or not for now, or not at all. */
export type DeliveryOutcome = 'handed' | 'behind' | 'absent';

/**
 * @property repeatKey names the message in what is remembered of its recipient; '' for one without an id of its sender's
 * @property asker the node that waits for the answer; '' when nobody has to be told
 */
export type LiveAnswer = {
  recipient: DeviceKey;
  repeatKey: string;
  outcome: DeliveryOutcome;
  asker: string;
  number: number;
};

/** How long a note of what is under way outlives its deadline: clocks differ a little. */
const graceMs = 1000;
/** How long what is left for the node that it is for may wait; longer than any sender does. */
const leftMs = 2000;
/** What goes beyond this in one call to one node is not published but fetched, as are larger envelopes. */
export const publishedInACall = 256 * 1024;

type Verdict = [status: Forwarded['status'], detail?: string | number, seq?: number];

function readVerdict([status, detail = '', seq = 0]: Verdict): Forwarded {
  switch (status) {
    case 'local':
      return { status, session: String(detail), seq };
    case 'repeated':
      return { status, expiresAtMs: Number(detail) };
    case 'published':
    case 'under way':
    case 'behind':
    case 'absent':
      return { status };
  }
}

/** The name that what is remembered of a recipient has for a message; '' when nothing is. */
export function liveRepeatKeyOf(envelope: Envelope): string {
  return envelope.ackable ? repeatKeyOf(envelope) : '';
}

function isLarge(envelope: Envelope): boolean {
  return envelopeBytes(envelope) > largestPublished;
}

/** Live-only messages: handed to the node that holds the recipient, stored nowhere. All calls take a batch of one shard. */
export class Forwarder {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /**
   * Forwards a batch in order; nothing is handed over after `deadlineMs` (Unix ms by Redis's clock). What has an id of its
   * sender's is handed over once: its repeats, forwarded or stored, are told as such.
   * @throws RedisUnavailable | ReplyError
   */
  async forward(shard: number, batch: Forwarding[], deadlineMs: number): Promise<Forwarded[]> {
    const pack = new RawPack().array(batch.length);
    for (const { recipient, envelope, number } of batch) {
      const large = isLarge(envelope) ? envelopeBytes(envelope) : 0;
      pack.array(5).ascii(recipient).ascii(liveRepeatKeyOf(envelope)).number(number).number(large);
      if (large > 0) pack.ascii('');
      else packEnvelope(pack, envelope);
    }
    const values = {
      shard: shardPrefix(shard),
      messages: pack.toBuffer(),
      node: this.node,
      graceMs,
      publishedBytes: publishedInACall,
    };
    // On the same connection, so what is large is there before.
    const left = batch.filter(({ envelope }) => isLarge(envelope)).map((forwarding) => this.leave(shard, forwarding));
    const forwarded = this.link.run('message_forward', values, deadlineMs);
    const [reply] = await Promise.all([forwarded, ...left]);
    return (unpackr.unpack(reply as Buffer) as Verdict[]).map(readVerdict);
  }

  /** Beside the script, which would copy it several times. */
  private leave(shard: number, { envelope, number }: Forwarding): Promise<unknown> {
    const key = liveFrameKey(shard, `${this.node}.${number}`);
    return this.link.command(key, (redis) => redis.set(key, packTimeless(envelope), 'PX', leftMs));
  }

  /**
   * Notes what became of messages and tells the nodes that asked. What was not handed over may be sent again.
   * Answers how many nodes heard it. @throws RedisUnavailable | ReplyError
   */
  async answer(shard: number, batch: LiveAnswer[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { recipient, repeatKey, outcome, asker, number } of batch) {
      pack.array(5).ascii(recipient).ascii(repeatKey).ascii(outcome).ascii(asker).number(number);
    }
    const values = { shard: shardPrefix(shard), answers: pack.toBuffer(), repeatWindowMs };
    return Number(await this.link.run('message_answer', values));
  }

  /** What was too large to be published, by its name in the notice; none when it is there no more, or damaged. @throws RedisUnavailable */
  async fetch(shard: number, names: string[]): Promise<(Envelope | undefined)[]> {
    const fetched = names.map((name) => {
      const key = liveFrameKey(shard, name);
      return this.link.command(key, (redis) => redis.getdelBuffer(key));
    });
    return (await Promise.all(fetched)).map((bytes) => (bytes ? unpackEnvelope(bytes)?.envelope : undefined));
  }
}
