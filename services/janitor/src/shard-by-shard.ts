/**
 * Works on all shards page by page, in turns, so that a full shard keeps no other waiting. A shard that fails does not hold
 * up the others either: of a Cluster that lost a master the other shards go on.
 * @throws the first failure, after all other shards are done; at once when the signal says so
 */
export async function shardByShard(
  shards: number,
  signal: AbortSignal,
  page: (shard: number) => Promise<'more' | 'done'>,
): Promise<void> {
  const failures: unknown[] = [];
  let left = Array.from({ length: shards }, (_, shard) => shard);
  while (left.length > 0) {
    const unfinished: number[] = [];
    for (const shard of left) {
      signal.throwIfAborted();
      try {
        if ((await page(shard)) === 'more') unfinished.push(shard);
      } catch (error) {
        failures.push(error);
      }
    }
    left = unfinished;
  }
  if (failures.length > 0) throw failures[0];
}
