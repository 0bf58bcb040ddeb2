import type { RedisLink } from '../link/redis-link';
import { metricsFlushKey, metricsKey, metricsTotalKey } from '../scripts/keys';
import { type MetricsStep, mostPeriods, type PeriodCounts, periodName, periodStart, stepMs } from '../scripts/periods';
import { RawPack } from '../scripts/raw-pack';

/** @property minute `YYYY-MM-DDTHH:MM` in UTC by Redis's clock */
export type MetricsFlush = { name: string; minute: string };

const minuteLifetimeMs = 48 * stepMs.hour;
const flushLifetimeMs = stepMs.day;
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

/** What all nodes have counted, together: since ever, and by minute, hour and day. */
export class MetricsStore {
  private flushes = 0;

  /** @param node whoever adds: names of flushes begin with it */
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** A name for the next flush, and the minute it counts in; both stay when it has to be sent again. */
  nextFlush(): MetricsFlush {
    this.flushes += 1;
    return { name: `${this.node}:${this.flushes}`, minute: periodName('minute', this.link.clock.now()) };
  }

  /**
   * Adds amounts to the totals and to the minute's: whole ones, but for fields that end in `:sum`. The same flush again
   * counts nothing, so after a failure it is to be sent again as it was.
   * @throws RedisUnavailable | ReplyError
   */
  async add({ name, minute }: MetricsFlush, fields: ReadonlyMap<string, number>): Promise<void> {
    const pack = new RawPack().array(2 * fields.size);
    for (const [field, amount] of fields) pack.ascii(field).ascii(String(amount));
    await this.link.run('metrics_add', {
      totalKey: metricsTotalKey,
      minuteKey: metricsKey('minute', minute),
      flushedKey: metricsFlushKey(this.node),
      flush: name,
      fields: pack.take(),
      minuteLifetimeMs,
      flushedLifetimeMs: flushLifetimeMs,
    });
  }

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
