import { type DeviceKey, repeatWindowMs } from '@openrelay/protocol';
import { type Envelope, packEnvelope, repeatKeyOf } from './envelope';
import { shardPrefix } from './keys';
import { RawPack } from './raw-pack';
import type { RedisLink } from './redis-link';
import { unpackr } from './unpack';

export type Forwarding = { recipient: DeviceKey; envelope: Envelope };

export type Forwarded =
  | { status: 'local'; session: string }
  /** Handed on before, or accepted; `expiresAtMs` (Unix ms by Redis's clock) is 0 when it was not stored. */
  | { status: 'repeated'; expiresAtMs: number }
  /** Published to the node that holds the recipient. */
  | { status: 'delivered' }
  /** The recipient's socket is backed up. */
  | { status: 'behind' }
  | { status: 'absent' };

type Verdict = [status: Forwarded['status'], detail?: string | number];

function readVerdict([status, detail = '']: Verdict): Forwarded {
  switch (status) {
    case 'local':
      return { status, session: String(detail) };
    case 'repeated':
      return { status, expiresAtMs: Math.max(0, Number(detail)) };
    case 'delivered':
    case 'behind':
    case 'absent':
      return { status };
  }
}

/** Live-only messages: handed to the node that holds the recipient, stored nowhere. All calls take a batch of one shard. */
export class Forwarder {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /**
   * Forwards a batch in order; `deadlineMs` as in `MessageQueue.accept`. What has an id of its sender's is handed on
   * once: its repeats, forwarded or stored, are told as such.
   * @throws RedisAway | ReplyError
   */
  async forward(shard: number, batch: Forwarding[], deadlineMs: number): Promise<Forwarded[]> {
    const pack = new RawPack().array(batch.length);
    for (const { recipient, envelope } of batch) {
      pack
        .array(3)
        .ascii(recipient)
        .ascii(envelope.ackable ? repeatKeyOf(envelope) : '');
      packEnvelope(pack, envelope);
    }
    const args = [pack.take(), this.node, Math.ceil(deadlineMs), repeatWindowMs];
    const reply = await this.link.run('message_forward', [shardPrefix(shard)], args);
    return (unpackr.unpack(reply as Buffer) as Verdict[]).map(readVerdict);
  }

  /** Takes back `local` messages that could not be handed on. Answers how many that were. @throws RedisAway | ReplyError */
  async forget(shard: number, batch: Forwarding[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { recipient, envelope } of batch) pack.array(2).ascii(recipient).ascii(repeatKeyOf(envelope));
    return Number(await this.link.run('message_forget', [shardPrefix(shard)], [pack.take()]));
  }
}
