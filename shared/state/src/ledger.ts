import type { Redis } from 'ioredis';
import { shardPrefix } from './keys';
import type { RedisLink } from './redis-link';

/** The books of one shard: `accepted` = `acked` + `expired` + `queued`, at every instant. Counts of messages. */
export type ShardBooks = { shard: number; accepted: number; acked: number; expired: number; queued: number };

export type Audit =
  | { status: 'balanced'; books: ShardBooks }
  | { status: 'unbalanced'; books: ShardBooks; missing: number }
  /** The shard was too busy to be counted between two changes. */
  | { status: 'busy' };

/** The books of all shards together. */
export type LedgerTotals = Omit<ShardBooks, 'shard'> & {
  queuedBytes: number;
  /** At most: counted by the expiry index, where a queue that has run empty stays until it is tidied up, and by what waits. */
  devicesWithQueue: number;
};

type Page = [looked: number, queued: number, accepted: number, acked: number, expired: number];

const pageSize = 1000;
const maxAttempts = 5;

const columns = ['accepted', 'acked', 'expired', 'bytes'] as const;

/** Compares what the scripts have counted with what is in the queues. */
export class Ledger {
  constructor(private readonly link: RedisLink) {}

  /** Counts again, a bounded number of times, when something changed in between. @throws RedisAway | ReplyError */
  async audit(shard: number): Promise<Audit> {
    let missingBefore: number | undefined;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const books = await this.count(shard);
      if (!books) continue;
      const missing = books.accepted - books.acked - books.expired - books.queued;
      if (missing === 0) return { status: 'balanced', books };
      // A queue may move in the index from one page to another: what is missing is missing twice.
      if (missing === missingBefore) return { status: 'unbalanced', books, missing };
      missingBefore = missing;
    }
    return { status: 'busy' };
  }

  /** What the books of all shards say, without a look at the queues: cheap. @throws RedisAway */
  async totals(shards: number): Promise<LedgerTotals> {
    const numbers = Array.from({ length: shards }, (_, shard) => shard);
    const books = await this.ofEach(numbers, 'ledger', (redis, key) => redis.hmget(key, ...columns));
    const indexed = await this.ofEach(numbers, 'expiry', (redis, key) => redis.zcard(key));
    const sum = (column: number) => books.reduce((total, counts) => total + Number(counts[column]), 0);
    const [accepted, acked, expired, queuedBytes] = [sum(0), sum(1), sum(2), sum(3)];
    const queuedIn = (counts: (string | null)[]) => Number(counts[0]) - Number(counts[1]) - Number(counts[2]);
    const devicesWithQueue = indexed.reduce((total, devices, i) => total + Math.min(devices, queuedIn(books[i]!)), 0);
    return { accepted, acked, expired, queued: accepted - acked - expired, queuedBytes, devicesWithQueue };
  }

  private ofEach<T>(shards: number[], name: string, ask: (redis: Redis, key: string) => Promise<T>): Promise<T[]> {
    const keys = shards.map((shard) => `${shardPrefix(shard)}${name}`);
    return Promise.all(keys.map((key) => this.link.command(key, (redis) => ask(redis, key))));
  }

  private async count(shard: number): Promise<ShardBooks | undefined> {
    let queued = 0;
    let first: Page | undefined;
    for (let start = 0; ; start += pageSize) {
      const page = (await this.link.run('ledger_audit', [shardPrefix(shard)], [start, pageSize])) as Page;
      first ??= page;
      const [looked, inPage, accepted, acked, expired] = page;
      if (accepted !== first[2] || acked !== first[3] || expired !== first[4]) return undefined;
      queued += inPage;
      if (looked < pageSize) return { shard, accepted, acked, expired, queued };
    }
  }
}
