import type { RedisLink } from '../link/redis-link';
import { bandwidthKey, closedMonthsKey } from '../scripts/keys';

/** Keeps the bytes of months that are over, beyond the lifetime of the months' own keys. */
export class MonthClose {
  constructor(private readonly link: RedisLink) {}

  /**
   * Notes a month's bytes and answers them; the same month may be closed again.
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
