import type { RedisLink } from '../link/redis-link';
import { shardPrefix } from '../scripts/keys';

/** Takes out entries that are of no use any more, before their lifetimes end. */
export class IdleKeys {
  constructor(private readonly link: RedisLink) {}

  /**
   * Looks through a page of the expiry index for queues that have run empty.
   * @param start the rank to begin at, from the end; the next page begins `looked` - `removed` further on
   * @throws RedisUnavailable | ReplyError
   */
  async tidyIndex(shard: number, start: number, pageSize: number): Promise<{ looked: number; removed: number }> {
    const reply = await this.link.run('expiry_tidy', { shard: shardPrefix(shard), start, pageSize });
    const [looked, removed] = reply as [number, number];
    return { looked, removed };
  }

  /**
   * Looks through a page of a node's set for devices that the node does not hold.
   * @param cursor '0' for the first page; the answer's for the next, until that is '0' again
   * @throws RedisUnavailable | ReplyError
   */
  async tidyNode(
    shard: number,
    node: string,
    cursor: string,
    pageSize: number,
  ): Promise<{ cursor: string; removed: number }> {
    const reply = await this.link.run('node_tidy', { shard: shardPrefix(shard), node, cursor, pageSize });
    const [next, removed] = reply as [Buffer, number];
    return { cursor: String(next), removed };
  }
}
