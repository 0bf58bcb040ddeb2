import type { RedisLink } from '../link/redis-link';
import { metricsKey } from '../scripts/keys';
import { packFields } from '../scripts/message-pack';
import { MetricsReader } from './metrics-reader';
import { type MetricsStep, periodName, stepMs, sumOfPeriods } from './periods';

export type RollUpStep = Exclude<MetricsStep, 'minute'>;

const rolled = {
  hour: { parts: 'minute', lifetimeMs: 90 * stepMs.day },
  day: { parts: 'hour', lifetimeMs: 400 * stepMs.day },
} as const;

/** Hours of metrics out of minutes, days out of hours. */
export class RollUps {
  private readonly metrics: MetricsReader;

  constructor(private readonly link: RedisLink) {
    this.metrics = new MetricsReader(link);
  }

  /**
   * Computes one period again from its parts. Answers how many fields changed: 0 when it had been rolled up before.
   * @param startMs the period's start, Unix ms
   * @throws RedisUnavailable | ReplyError
   */
  async roll(step: RollUpStep, startMs: number): Promise<number> {
    const { parts, lifetimeMs } = rolled[step];
    const sums = sumOfPeriods(await this.metrics.periods(parts, startMs, startMs + stepMs[step]));
    if (sums.size === 0) return 0;
    const key = metricsKey(step, periodName(step, startMs));
    const values = { key, fields: packFields([...sums]), forgottenAtMs: startMs + lifetimeMs };
    return Number(await this.link.run('metrics_roll_up', values));
  }

  /** The starts of those periods of a span, Unix ms, that were rolled up before. @throws RangeError | RedisUnavailable */
  async known(step: RollUpStep, fromMs: number, toMs: number): Promise<Set<number>> {
    const periods = await this.metrics.periods(step, fromMs, toMs);
    return new Set(periods.map(({ startMs }) => startMs));
  }
}
