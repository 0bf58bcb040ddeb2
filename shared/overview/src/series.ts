import { type MetricsStep, type PeriodCounts, stepMs } from '@openrelay/state';
import { type Latency, latencyOf } from './latency';
import { type Rates, ratesOf } from './rates';

export type Step = MetricsStep;

export const steps = Object.keys(stepMs) as Step[];

export function isStep(value: unknown): value is Step {
  return (steps as unknown[]).includes(value);
}

/** One period of a series; the running one goes up to now (`overMs`). */
export type SeriesPoint = { startMs: number } & Rates & { latency: Latency };

const nothing: ReadonlyMap<string, number> = new Map();

/** From the first period that has anything to the last before `toMs`: those between in which nothing was counted are zero. */
export function seriesOf(periods: readonly PeriodCounts[], step: Step, toMs: number): SeriesPoint[] {
  const [first] = periods;
  if (first === undefined) return [];
  const fieldsAt = new Map(periods.map(({ startMs, fields }) => [startMs, fields]));
  const length = Math.max(0, Math.ceil((toMs - first.startMs) / stepMs[step]));
  return Array.from({ length }, (_, index) => {
    const startMs = first.startMs + index * stepMs[step];
    const fields = fieldsAt.get(startMs) ?? nothing;
    const overMs = Math.min(stepMs[step], toMs - startMs);
    return { startMs, ...ratesOf(fields, overMs), latency: latencyOf(fields) };
  });
}
