import type { Redis } from 'ioredis';
import type { RedisLink } from '../link/redis-link';
import { shardPrefix } from '../scripts/keys';

/** The books of one shard: `accepted` = `acked` + `expired` + `queued`, at every instant. Counts of messages. */
export type ShardBooks = { shard: number; accepted: number; acked: number; expired: number; queued: number };

/** @property missing messages that are neither acked nor expired nor queued; negative: there are too many */
export type Audit =
  | { status: 'balanced'; books: ShardBooks }
  | { status: 'unbalanced'; books: ShardBooks; missing: number }
  /** So many came and went while it was counted that as many as `uncertain` could be missing, or none. */
  | { status: 'inexact'; books: ShardBooks; uncertain: number };

/** The books of all shards together. */
export type LedgerTotals = Omit<ShardBooks, 'shard'> & {
  queuedBytes: number;
  /** At most so many: the expiry index, which this counts, keeps an empty queue until a janitor tidies it up. */
  devicesWithQueue: number;
};

type Page = [cursor: Buffer, accepted: number, acked: number, expired: number, ...devices: (Buffer | number)[]];
type Count = [accepted: number, acked: number, expired: number, queued: number];
/** How many messages may be missing, as far as it is known. */
type Span = { least: number; most: number };
type Walk = { books: ShardBooks } & Span;

const unknown: Span = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };

const pageSize = 1000;
/** Queues counted in one call, which keeps Redis busy for some milliseconds. */
const mostAtOnce = 4000;
const mostWalks = 5;
/** Pages of one walk: a bound for a Redis whose cursor never comes to an end. */
const mostPages = 100_000;

const columns = ['accepted', 'acked', 'expired', 'bytes'] as const;

/** Compares the counts of the scripts with what is in the queues. */
export class Ledger {
  constructor(private readonly link: RedisLink) {}

  /**
   * Exact when nothing happened meanwhile, or when the shard has no more than 4,000 queues. In a larger shard with traffic,
   * messages that came and went during a count may be in it or not; several counts narrow that down.
   * @throws RedisUnavailable | ReplyError
   */
  async audit(shard: number): Promise<Audit> {
    let walk = await this.walk(shard);
    if (isExact(walk)) return judge(walk);
    const counted = await this.countAtOnce(shard);
    if (counted) return judge(counted);
    for (let walks = 1; walks < mostWalks && !isExact(walk); walks += 1) {
      walk = narrowed(walk, await this.walk(shard));
    }
    return judge(walk);
  }

  /** The books of all shards, without a look at the queues: cheap. @throws RedisUnavailable */
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

  /** Page by page, each queue once, while messages come and go. */
  private async walk(shard: number): Promise<Walk> {
    const seen = new Set<string>();
    let queued = 0;
    let first: Page | undefined;
    let cursor = '0';
    for (let pages = 0; pages < mostPages; pages += 1) {
      const values = { shard: shardPrefix(shard), cursor, pageSize };
      const page = (await this.link.run('ledger_audit', values)) as Page;
      first ??= page;
      const [next, accepted, acked, expired, ...devices] = page;
      for (let i = 0; i < devices.length; i += 2) {
        const device = String(devices[i]);
        if (!seen.has(device)) queued += Number(devices[i + 1]);
        seen.add(device);
      }
      cursor = String(next);
      if (cursor !== '0') continue;
      const missing = first[1] - first[2] - first[3] - queued; // by the books of the first page
      const came = accepted - first[1];
      const went = acked - first[2] + (expired - first[3]);
      if (came < 0 || went < 0) return { books: { shard, accepted, acked, expired, queued }, ...unknown }; // Redis went back
      return { books: { shard, accepted, acked, expired, queued }, least: missing - went, most: missing + came };
    }
    throw new Error(`The expiry index of shard ${shard} did not come to an end in ${mostPages} pages.`);
  }

  private async countAtOnce(shard: number): Promise<Walk | undefined> {
    const values = { shard: shardPrefix(shard), mostQueues: mostAtOnce };
    const count = (await this.link.run('ledger_count', values)) as Count | null;
    if (!count) return undefined;
    const [accepted, acked, expired, queued] = count;
    const missing = accepted - acked - expired - queued;
    return { books: { shard, accepted, acked, expired, queued }, least: missing, most: missing };
  }
}

function isExact({ least, most }: Span): boolean {
  return least === most;
}

/** What is missing stays missing: it lies within both. When it does not, something went missing in between. */
function narrowed(before: Walk, { books, least, most }: Walk): Walk {
  const span = { least: Math.max(before.least, least), most: Math.min(before.most, most) };
  return span.least > span.most ? { books, least, most } : { books, ...span };
}

function judge({ books, least, most }: Walk): Audit {
  if (least > 0) return { status: 'unbalanced', books, missing: least };
  if (most < 0) return { status: 'unbalanced', books, missing: most };
  if (least === most) return { status: 'balanced', books };
  return { status: 'inexact', books, uncertain: Math.max(most, -least) };
}
