/** What a relay must never do, found in the counts of a run; a missed goal is none of these. */
import type { LoadTotals } from '../tally/totals';
import { sum } from './figure';

export function faultsOf(totals: LoadTotals): string[] {
  const closes = sum(Object.values(totals.closes));
  const found: [number, string][] = [
    [totals.lost, 'messages were acked and never received'],
    [totals.duplicated, 'messages were received twice on one connection'],
    [totals.corrupted, 'messages came with other content than was sent'],
    [totals.misrouted, 'messages came to a device that they were not for'],
    [totals.unreadable, 'frames of the relay could not be read'],
    [closes, 'connections were ended by the relay'],
  ];
  return found.filter(([count]) => count > 0).map(([count, fault]) => `${count} ${fault}`);
}

/** @param received in each measured span. */
export function silentSpanFaults(received: readonly number[]): string[] {
  const silent = received.filter((messages) => messages === 0).length;
  return silent === 0 ? [] : [`in ${silent} of ${received.length} measured spans no message was received`];
}
