import { metricsKey } from './keys';
import { MetricsStore, periodName } from './metrics-store';
import { RawPack } from './raw-pack';
import type { RedisLink } from './redis-link';

export type RollUpStep = 'hour' | 'day';

const hourMs = 3600 * 1000;
const dayMs = 24 * hourMs;
const steps = {
  hour: { lengthMs: hourMs, parts: 'minute', lifetimeMs: 90 * dayMs },
  day: { lengthMs: dayMs, parts: 'hour', lifetimeMs: 400 * dayMs },
} as const;

function sumOf(parts: { fields: ReadonlyMap<string, number> }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { fields } of parts) {
    for (const [field, amount] of fields) sums.set(field, (sums.get(field) ?? 0) + amount);
  }
  return sums;
}

/** Hours of metrics out of minutes, days out of hours. */
export class RollUps {
  private readonly metrics: MetricsStore;

  constructor(private readonly link: RedisLink) {
    this.metrics = new MetricsStore(link, 'roll-up'); // which only reads: nothing is flushed under this name
  }

  /**
   * Computes one period anew from its parts. Answers how many fields that changed: 0 when it was known already.
   * @param startMs the period's start, Unix ms
   * @throws RedisAway | ReplyError
   */
  async roll(step: RollUpStep, startMs: number): Promise<number> {
    const { lengthMs, parts, lifetimeMs } = steps[step];
    const sums = sumOf(await this.metrics.periods(parts, startMs, startMs + lengthMs));
    if (sums.size === 0) return 0;
    const pack = new RawPack().array(2 * sums.size);
    for (const [field, amount] of sums) pack.ascii(field).ascii(String(amount));
    const key = metricsKey(step, periodName(step, startMs));
    return Number(await this.link.run('metrics_roll_up', [key], [pack.take(), startMs + lifetimeMs]));
  }

  /** The starts of those periods of a span, Unix ms, that were rolled up before. @throws RangeError | RedisAway */
  async known(step: RollUpStep, fromMs: number, toMs: number): Promise<Set<number>> {
    const periods = await this.metrics.periods(step, fromMs, toMs);
    return new Set(periods.map(({ startMs }) => startMs));
  }
}
