/**
 * Works on all shards page by page, in turns, so that a full shard keeps no other waiting. A shard that fails does not hold
 * up the others either: of a Cluster that lost a master the other shards go on.
 * @throws Error that says how many failed and why the first did, after all others are done; at once when the signal says so
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
  if (failures.length === 0) return;
  const [cause] = failures;
  throw new Error(`${failures.length} of ${shards} shards were left out (${String(cause)}).`, { cause });
}

/** One after the other, to the end. @throws the first failure, after all others are done */
export async function each<One>(all: Iterable<One>, work: (one: One) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const one of all) await work(one).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
