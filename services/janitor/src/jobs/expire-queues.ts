import { QueueSweeper } from '@openrelay/state';
import type { Job } from './job';
import { shardByShard } from './shard-by-shard';

const pageQueues = 128;
/** What is left then is left to the next run. */
const longestRunMs = 60_000;

/** Visits the queues whose turn it is by the expiry index. What nothing expired in is not looked at. */
export const expireQueues: Job = async ({ link, meter, shards, monotonicMs, signal }) => {
  const sweeper = new QueueSweeper(link);
  const result = { messages: 0, queues: 0 };
  const endMs = monotonicMs() + longestRunMs;
  await shardByShard(shards, signal, async (shard) => {
    const { expired, queues, more } = await sweeper.sweep(shard, pageQueues);
    result.messages += expired;
    result.queues += queues;
    await meter.add('messages_expired', expired);
    return more && monotonicMs() < endMs ? 'more' : 'done';
  });
  return result;
};
