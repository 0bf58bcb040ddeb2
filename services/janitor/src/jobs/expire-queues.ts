import { QueueSweeper } from '@openrelay/state';
import type { Job } from './job';
import { shardByShard } from './shard-by-shard';

const pageQueues = 128;
/** The next run goes on with what is left then. */
const longestRunMs = 60_000;

/** Visits the queues whose turn it is by the expiry index; it looks at no queue in which nothing expired. */
export const expireQueues: Job = async ({ link, metrics, shards, monotonicMs, signal }) => {
  const sweeper = new QueueSweeper(link);
  const result = { messages: 0, queues: 0 };
  const endMs = monotonicMs() + longestRunMs;
  await shardByShard(shards, signal, async (shard) => {
    const { expired, queues, more } = await sweeper.sweep(shard, pageQueues);
    result.messages += expired;
    result.queues += queues;
    await metrics.add('messages_expired', expired);
    return more && monotonicMs() < endMs ? 'more' : 'done';
  });
  return result;
};
