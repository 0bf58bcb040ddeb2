import { periodStart, type RollUpStep, RollUps, stepMs } from '@openrelay/state';
import type { Job } from './job';

/** Edges count what Redis did not take while it was away into the minute it belongs to, up to so much later. */
const lateHours = 3;
/** Minutes are kept for 48 h: an hour that began earlier may have lost some. */
const mostHours = 47;
const mostDays = 3;

/** The starts of the last `count` periods that were over at the time, oldest first. */
function overAt(nowMs: number, step: RollUpStep, count: number): number[] {
  const runningMs = periodStart(step, nowMs);
  return Array.from({ length: count }, (_, i) => runningMs - (count - i) * stepMs[step]);
}

/** Hours that may still grow, and those that were missed while no janitor ran; days that hold one of them, or were missed. */
export const rollUpMetrics: Job = async ({ link, now, signal }) => {
  const rollUps = new RollUps(link);
  const nowMs = now();
  const hours = overAt(nowMs, 'hour', mostHours);
  const days = overAt(nowMs, 'day', mostDays);
  const knownHours = await rollUps.known('hour', hours[0]!, nowMs);
  const knownDays = await rollUps.known('day', days[0]!, nowMs);
  const lateFromMs = hours[mostHours - lateHours]!;

  const result = { hours: 0, days: 0, fields: 0 };
  const rolledDays = new Set(days.filter((startMs) => !knownDays.has(startMs)));
  for (const startMs of hours.filter((hour) => hour >= lateFromMs || !knownHours.has(hour))) {
    signal.throwIfAborted();
    result.fields += await rollUps.roll('hour', startMs);
    result.hours += 1;
    rolledDays.add(periodStart('day', startMs));
  }
  for (const startMs of days.filter((day) => rolledDays.has(day))) {
    signal.throwIfAborted();
    result.fields += await rollUps.roll('day', startMs);
    result.days += 1;
  }
  return result;
};
