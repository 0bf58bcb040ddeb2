import type { RedisLink } from '../link/redis-link';
import { bandwidthFlushKey, bandwidthKey, closedMonthsKey } from '../scripts/keys';
import { stepMs } from '../scripts/periods';

const monthLifetimeMs = 400 * stepMs.day;
const flushLifetimeMs = stepMs.day;

/** The month's bytes of all nodes together. */
export class BandwidthLedger {
  private flushes = 0;

  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** A new name for a flush; the same flush may be sent again under it and counts once. */
  nextFlush(): string {
    this.flushes += 1;
    return `${this.node}:${this.flushes}`;
  }

  /** `YYYY-MM` (UTC) by Redis's clock. */
  currentMonth(): string {
    return new Date(this.link.clock.now()).toISOString().slice(0, 7);
  }

  /** Adds bytes to a month and answers its total in bytes. @throws RedisUnavailable | ReplyError */
  async add(month: string, flush: string, bytes: number): Promise<number> {
    const askedAtMs = this.link.clock.monotonicMs();
    const [total, nowMs] = (await this.link.run('bandwidth_add', {
      monthKey: bandwidthKey(month),
      flushedKey: bandwidthFlushKey(this.node),
      flush,
      bytes,
      monthLifetimeMs,
      flushedLifetimeMs: flushLifetimeMs,
    })) as [number, number];
    this.link.clock.observe(nowMs, askedAtMs);
    return total;
  }

  /** The bytes of a month, also of one that runs. @throws RedisUnavailable */
  async usedBytes(month: string): Promise<number> {
    const key = bandwidthKey(month);
    return Number((await this.link.command(key, (redis) => redis.get(key))) ?? 0);
  }

  /** The bytes of each month that is over, by month, oldest first. @throws RedisUnavailable */
  async closedMonths(): Promise<ReadonlyMap<string, number>> {
    const months = await this.link.command(closedMonthsKey, (redis) => redis.hgetall(closedMonthsKey));
    const sorted = Object.entries(months).sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([month, bytes]) => [month, Number(bytes)]));
  }
}
