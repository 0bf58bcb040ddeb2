/** What a relay must never do, found in the counts of a run; a missed goal is none of these. */
import type { LoadTotals } from './load/report';

export function faultsOf(totals: LoadTotals): string[] {
  const faults: string[] = [];
  const closes = Object.values(totals.closes).reduce((sum, count) => sum + count, 0);
  if (totals.lost > 0) faults.push(`${totals.lost} messages were acked and never received`);
  if (totals.duplicated > 0) faults.push(`${totals.duplicated} messages were received twice on one connection`);
  if (totals.corrupted > 0) faults.push(`${totals.corrupted} messages came with other content than was sent`);
  if (totals.misrouted > 0) faults.push(`${totals.misrouted} messages came to a device that they were not for`);
  if (totals.unreadable > 0) faults.push(`${totals.unreadable} frames of the relay could not be read`);
  if (closes > 0) faults.push(`${closes} connections were ended by the relay`);
  return faults;
}

/** @param received in each measured span. */
export function silentSpanFaults(received: readonly number[]): string[] {
  const silent = received.filter((messages) => messages === 0).length;
  return silent === 0 ? [] : [`in ${silent} of ${received.length} measured spans no message was received`];
}
