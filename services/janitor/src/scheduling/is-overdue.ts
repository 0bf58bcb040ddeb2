import type { JobRecord } from '@openrelay/state';

/** @property record `forgotten`: Redis has none; `unreadable`: the Redis that has it is away */
export type JobTimes = {
  record: JobRecord | 'forgotten' | 'unreadable';
  everySeconds: number;
  /** Unix ms by Redis's clock, as the record's times are. */
  nowMs: number;
  /** Since this janitor last scheduled the job or ran it, by a clock that only goes forward. */
  sinceTriedMs: number;
};

const shortestGraceMs = 10_000;
const longestGraceMs = 60_000;

/** How much later than its turn a job may begin before it is overdue. */
function graceMs(everySeconds: number): number {
  return Math.min(Math.max(everySeconds * 500, shortestGraceMs), longestGraceMs);
}

/**
 * Whether no janitor began a job at its turn: Redis refuses BullMQ's scripts, the schedule is gone or stands in the future
 * of a clock that was wrong, or the Redis that has it is away. A job without a record ran in a Redis that was emptied since.
 */
export function isOverdue({ record, everySeconds, nowMs, sinceTriedMs }: JobTimes): boolean {
  if (record === 'forgotten') return true;
  const grace = graceMs(everySeconds);
  if (sinceTriedMs <= grace) return false;
  const turnMs = everySeconds * 1000 + grace;
  if (record === 'unreadable') return sinceTriedMs > turnMs;
  const beganMs = Math.max(record.lastStartedAtMs ?? 0, record.lastSucceededAtMs ?? 0);
  const agoMs = nowMs - beganMs;
  // Begun in the future: Redis's clock was set back since.
  return agoMs > turnMs || agoMs < -grace;
}
