import { stepMs } from '@openrelay/state';

const fewestDays = 2;
const mostDays = 7;

type SoFar = {
  nowMs: number;
  /** In the running month. */
  usedBytes: number;
  /** Whole days before today, ascending, those of the last month too. */
  wholeDays: readonly { bytes: number }[];
};

/**
 * What the month (UTC) will come to:
 *
 *   used + rate × what is left of the month
 *
 * where rate is the mean of the last whole days, at most seven and at least two of them; without two whole days it is
 * used / elapsed, so that the projection is used / (elapsed share of the month). Less than an hour counts as an hour there.
 */
export function projectedBytes({ nowMs, usedBytes, wholeDays }: SoFar): number {
  const now = new Date(nowMs);
  const startMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  const last = wholeDays.slice(-mostDays);
  const bytesPerMs =
    last.length < fewestDays
      ? usedBytes / Math.max(nowMs - startMs, stepMs.hour)
      : last.reduce((sum, { bytes }) => sum + bytes, 0) / (last.length * stepMs.day);
  return Math.round(usedBytes + bytesPerMs * (endMs - nowMs));
}
