import { IdleKeys, NodeDirectory, type RedisLink } from '@openrelay/state';
import type { Job } from './job';
import { each, shardByShard } from './shard-by-shard';

const pageSize = 512;

/**
 * All keys have a lifetime, and most go when their use ends. What is left for this job are entries of the expiry index whose
 * queue was acknowledged to its end (they would stay as long as the messages might have), and entries in the set of a living
 * node for devices that it no longer holds (they would stay as long as the node).
 */
export const removeIdleKeys: Job = async ({ link, shards, signal }) => {
  const keys = new IdleKeys(link);
  const removed = { indexEntries: 0, nodeEntries: 0 };
  await each(
    [
      async () => {
        removed.indexEntries = await tidyIndexes(keys, shards, signal);
      },
      async () => {
        removed.nodeEntries = await tidyNodes(keys, link, shards, signal);
      },
    ],
    (work) => work(),
  );
  return removed;
};

async function tidyIndexes(keys: IdleKeys, shards: number, signal: AbortSignal): Promise<number> {
  const starts = new Map<number, number>();
  let total = 0;
  await shardByShard(shards, signal, async (shard) => {
    const start = starts.get(shard) ?? 0;
    const { looked, removed } = await keys.tidyIndex(shard, start, pageSize);
    starts.set(shard, start + looked - removed);
    total += removed;
    return looked === pageSize ? 'more' : 'done';
  });
  return total;
}

async function tidyNodes(keys: IdleKeys, link: RedisLink, shards: number, signal: AbortSignal): Promise<number> {
  let total = 0;
  await each(await new NodeDirectory(link).list(), ({ node }) => {
    const cursors = new Map<number, string>();
    return shardByShard(shards, signal, async (shard) => {
      const { cursor, removed } = await keys.tidyNode(shard, node, cursors.get(shard) ?? '0', pageSize);
      cursors.set(shard, cursor);
      total += removed;
      return cursor === '0' ? 'done' : 'more';
    });
  });
  return total;
}
