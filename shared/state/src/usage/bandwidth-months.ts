import type { RedisLink } from '../link/redis-link';
import { bandwidthKey, closedMonthsKey } from '../scripts/keys';

/** The bytes of all nodes together, by month. */
export class BandwidthMonths {
  constructor(private readonly link: RedisLink) {}

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

  /**
   * Notes a month's bytes beyond the lifetime of its own key, and answers them; the same month may be closed again.
   * @param month `YYYY-MM` (UTC), one that is over
   * @returns undefined when nothing was ever counted in that month
   * @throws RedisUnavailable | ReplyError
   */
  async close(month: string): Promise<number | undefined> {
    const values = { monthKey: bandwidthKey(month), monthsKey: closedMonthsKey, month };
    const bytes = Number(await this.link.run('month_close', values));
    return bytes < 0 ? undefined : bytes;
  }
}
