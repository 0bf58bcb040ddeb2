import { RollUps } from '@openrelay/state';
import type { Job } from './job';

const hourMs = 3600 * 1000;
const dayMs = 24 * hourMs;
/** What edges could not tell while Redis was away they count into the minute it belongs to, later. */
const lateHours = 3;
/** Minutes are kept for 48 h: an hour that began earlier may have lost some. */
const mostHours = 47;
const mostDays = 3;

/** The starts of the last `count` periods that were over at the time, oldest first. */
function overAt(nowMs: number, lengthMs: number, count: number): number[] {
  const runningMs = Math.floor(nowMs / lengthMs) * lengthMs;
  return Array.from({ length: count }, (_, i) => runningMs - (count - i) * lengthMs);
}

/** Hours that may still grow, and those that were missed while no janitor ran; days that hold one of them, or were missed. */
export const rollUpMetrics: Job = async ({ link, now, signal }) => {
  const rollUps = new RollUps(link);
  const nowMs = now();
  const hours = overAt(nowMs, hourMs, mostHours);
  const days = overAt(nowMs, dayMs, mostDays);
  const knownHours = await rollUps.known('hour', hours[0]!, nowMs);
  const knownDays = await rollUps.known('day', days[0]!, nowMs);
  const lateFromMs = hours[mostHours - lateHours]!;

  const result = { hours: 0, days: 0, fields: 0 };
  const rolledDays = new Set(days.filter((startMs) => !knownDays.has(startMs)));
  for (const startMs of hours.filter((hour) => hour >= lateFromMs || !knownHours.has(hour))) {
    signal.throwIfAborted();
    result.fields += await rollUps.roll('hour', startMs);
    result.hours += 1;
    rolledDays.add(Math.floor(startMs / dayMs) * dayMs);
  }
  for (const startMs of days.filter((day) => rolledDays.has(day))) {
    signal.throwIfAborted();
    result.fields += await rollUps.roll('day', startMs);
    result.days += 1;
  }
  return result;
};
