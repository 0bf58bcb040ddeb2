import type { DeviceKey } from '@openrelay/protocol';
import { type Envelope, packEnvelope } from './envelope';
import { shardPrefix } from './keys';
import { RawPack } from './raw-pack';
import type { RedisLink } from './redis-link';
import { unpackr } from './unpack';

export type Forwarding = { recipient: DeviceKey; envelope: Envelope };

export type Forwarded =
  | { status: 'local'; session: string }
  /** Published to the node that holds the recipient. */
  | { status: 'delivered' }
  /** The recipient's socket is backed up. */
  | { status: 'behind' }
  | { status: 'absent' };

/** Live-only messages: handed to the node that holds the recipient, stored nowhere. */
export class Forwarder {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** Forwards a batch of one shard in order; `deadlineMs` as in `MessageQueue.accept`. @throws RedisAway | ReplyError */
  async forward(shard: number, batch: Forwarding[], deadlineMs: number): Promise<Forwarded[]> {
    const pack = new RawPack().array(batch.length);
    for (const { recipient, envelope } of batch) {
      pack.array(2).ascii(recipient);
      packEnvelope(pack, envelope);
    }
    const args = [pack.take(), this.node, Math.ceil(deadlineMs)];
    const reply = await this.link.run('message_forward', [shardPrefix(shard)], args);
    const verdicts = unpackr.unpack(reply as Buffer) as [Forwarded['status'], string?][];
    return verdicts.map(([status, session = '']) => (status === 'local' ? { status, session } : { status }));
  }
}
