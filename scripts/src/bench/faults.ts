/** What a relay must never do, found in the counts of a run; a missed goal is none of these. */
import type { LoadTotals } from './load/report';

export function faultsOf(totals: LoadTotals, expected: 'messages' | 'none'): string[] {
  const faults: string[] = [];
  if (totals.lost > 0) faults.push(`${totals.lost} messages were acked and never received`);
  if (totals.duplicated > 0) faults.push(`${totals.duplicated} messages were received twice on one connection`);
  if (totals.corrupted > 0) faults.push(`${totals.corrupted} messages came with other content than was sent`);
  if (totals.misrouted > 0) faults.push(`${totals.misrouted} messages came to a device that they were not for`);
  if (totals.unreadable > 0) faults.push(`${totals.unreadable} frames of the relay could not be read`);
  if (expected === 'messages' && totals.received === 0) faults.push('not a single message was received');
  return faults;
}
