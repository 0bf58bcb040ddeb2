import type { RedisLink } from '../link/redis-link';
import { metricsKey, metricsTotalKey } from '../scripts/keys';
import { type MetricsStep, mostPeriods, type PeriodCounts, periodName, periodStart, stepMs } from './periods';

/** Periods read at a time, so that no burst of them keeps Redis from the relay's work. */
const pagePeriods = 50;

/** The starts of the periods that a span touches. @throws RangeError when they are more than 1500 */
function startsIn(step: MetricsStep, fromMs: number, toMs: number): number[] {
  const first = periodStart(step, fromMs);
  const count = Math.max(0, Math.ceil((toMs - first) / stepMs[step]));
  if (count > mostPeriods)
    throw new RangeError(`${count} ${step}s are more than ${mostPeriods}: ask for a shorter time.`);
  return Array.from({ length: count }, (_, i) => first + i * stepMs[step]);
}

function readFields(hash: Record<string, string>): Map<string, number> {
  return new Map(Object.entries(hash).map(([field, amount]) => [field, Number(amount)]));
}

/** What all nodes have counted, together: so far, and by minute, hour and day. */
export class MetricsReader {
  constructor(private readonly link: RedisLink) {}

  /** Since ever. @throws RedisUnavailable */
  async totals(): Promise<ReadonlyMap<string, number>> {
    return readFields(await this.link.command(metricsTotalKey, (redis) => redis.hgetall(metricsTotalKey)));
  }

  /**
   * The periods of a span that have anything, oldest first; the last one may still grow.
   * @throws RangeError for a span of more than 1500 periods; RedisUnavailable
   */
  async periods(step: MetricsStep, fromMs: number, toMs: number): Promise<PeriodCounts[]> {
    const starts = startsIn(step, fromMs, toMs);
    const found: PeriodCounts[] = [];
    for (let at = 0; at < starts.length; at += pagePeriods) {
      const page = starts.slice(at, at + pagePeriods);
      const keys = page.map((startMs) => metricsKey(step, periodName(step, startMs)));
      const hashes = await this.link.command(
        metricsTotalKey,
        (redis) => Promise.all(keys.map((key) => redis.hgetall(key))), // of one slot
      );
      for (const [i, hash] of hashes.entries()) found.push({ startMs: page[i]!, fields: readFields(hash) });
    }
    return found.filter(({ fields }) => fields.size > 0);
  }
}
