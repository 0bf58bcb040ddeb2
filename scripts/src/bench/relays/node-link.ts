/** A link to Redis as an edge has one, for what the bench does there itself. */
import { agreeOnShards, RedisLink } from '@openrelay/state';
import type { ScenarioContext } from '../load/plan';

export const shards = 16;
export const allShards: readonly number[] = Array.from({ length: shards }, (_, shard) => shard);

const connectTimeoutMs = 5_000;
// An edge gives up after 0.8 s; what fills a Redis may wait.
const commandTimeoutMs = 10_000;

export async function startLink(keep: ScenarioContext['keep'], url: string): Promise<RedisLink> {
  const link = new RedisLink({ url, commandTimeoutMs, monotonicMs: () => performance.now() });
  keep({ stop: async () => link.close() });
  await link.connect(connectTimeoutMs);
  await agreeOnShards(link, shards);
  return link;
}
