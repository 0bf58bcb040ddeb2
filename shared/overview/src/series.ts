import {
  type MetricsReader,
  type MetricsStep,
  type PeriodCounts,
  periodStart,
  stepMs,
  sumOfPeriods,
} from '@openrelay/state';
import type { SeriesPoint } from './shapes';
import { trafficOf } from './traffic';

const nothing: ReadonlyMap<string, number> = new Map();

/** From the first period that has anything to the last before `toMs`: those between in which nothing was counted are zero. */
export function seriesOf(periods: readonly PeriodCounts[], step: MetricsStep, toMs: number): SeriesPoint[] {
  const [first] = periods;
  if (first === undefined) return [];
  const fieldsAt = new Map(periods.map(({ startMs, fields }) => [startMs, fields]));
  const length = Math.max(0, Math.ceil((toMs - first.startMs) / stepMs[step]));
  return Array.from({ length }, (_, index) => {
    const startMs = first.startMs + index * stepMs[step];
    const { rates, latency } = trafficOf(fieldsAt.get(startMs) ?? nothing, Math.min(stepMs[step], toMs - startMs));
    return { startMs, ...rates, latency };
  });
}

const partsOf = { hour: 'minute', day: 'hour' } as const;
/** How far back periods are put together from their parts: with a janitor at work there are one or two of them. */
const longestUnrolledMs = { hour: stepMs.day, day: 31 * stepMs.day } as const;

/**
 * Those that have anything, ascending; what the janitor has not rolled up yet, as the running hour and day, is put together
 * from the finer periods.
 * @throws RangeError for more than 1500 periods; RedisUnavailable
 */
export async function periodsOf(
  metrics: MetricsReader,
  step: MetricsStep,
  fromMs: number,
  toMs: number,
): Promise<PeriodCounts[]> {
  const rolledUp = await metrics.periods(step, fromMs, toMs);
  if (step === 'minute') return rolledUp;
  const last = rolledUp.at(-1);
  const restMs = Math.max(
    last === undefined ? periodStart(step, fromMs) : last.startMs + stepMs[step],
    periodStart(step, toMs - longestUnrolledMs[step]),
  );
  if (restMs >= toMs) return rolledUp;
  return [...rolledUp, ...grouped(step, await periodsOf(metrics, partsOf[step], restMs, toMs))];
}

function grouped(step: MetricsStep, parts: readonly PeriodCounts[]): PeriodCounts[] {
  const groups = new Map<number, PeriodCounts[]>();
  for (const part of parts) {
    const startMs = periodStart(step, part.startMs);
    groups.set(startMs, [...(groups.get(startMs) ?? []), part]);
  }
  return [...groups].map(([startMs, group]) => ({ startMs, fields: sumOfPeriods(group) }));
}
