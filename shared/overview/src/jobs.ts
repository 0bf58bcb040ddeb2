import type { JobRecord } from '@openrelay/state';

/** Late: no success for three intervals. Failing: its last run failed. */
export type JobState = 'well' | 'late' | 'failing' | 'never ran';

export type JobView = JobRecord & { state: JobState };

const intervalsUntilLate = 3;

/** @param nowMs by Redis's clock, as the record's times are */
export function jobStateAt(nowMs: number, job: JobRecord): JobState {
  if (job.lastError !== undefined) return 'failing';
  const lastMs = job.lastSucceededAtMs ?? job.lastStartedAtMs;
  if (lastMs === undefined) return 'never ran';
  return nowMs - lastMs > intervalsUntilLate * job.everySeconds * 1000 ? 'late' : 'well';
}

export function jobView(nowMs: number, job: JobRecord): JobView {
  return { ...job, state: jobStateAt(nowMs, job) };
}
