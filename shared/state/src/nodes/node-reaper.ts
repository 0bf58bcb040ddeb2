import type { RedisLink } from '../link/redis-link';
import { shardPrefix } from '../scripts/keys';

export type Reaped =
  | { status: 'reaped'; devices: number; more: boolean }
  /** Somebody has the node's channel open: it lives, however silent it is. Nothing was changed. */
  | { status: 'listening' };

type Reply = [status: Buffer, devices?: number, more?: number];

/** Ends the registrations of nodes that died without a word. */
export class NodeReaper {
  constructor(private readonly link: RedisLink) {}

  /** A page of what the node holds in a shard; the same again while there is more. @throws RedisUnavailable | ReplyError */
  async reap(shard: number, node: string, pageSize: number): Promise<Reaped> {
    const reply = (await this.link.run('node_reap', { shard: shardPrefix(shard), node, pageSize })) as Reply;
    const [status, devices = 0, more] = reply;
    return String(status) === 'listening' ? { status: 'listening' } : { status: 'reaped', devices, more: more === 1 };
  }
}
