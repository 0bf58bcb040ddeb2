const noCounts = {
  sent: 0,
  acked: 0,
  received: 0,
  refused: 0,
  /** Acked, but not received. */
  lost: 0,
  duplicated: 0,
  /** Received after a message that was sent later. */
  reordered: 0,
  /** Neither acked nor refused. */
  unanswered: 0,
  /** Held up a window slot for so long that the slot was given to another message. */
  stalled: 0,
  /** Due, but the connection was gone or full. */
  notSent: 0,
  /** Received with other sealed bytes than were sent. */
  corrupted: 0,
  /** Received by another device, or not of this run. */
  misrouted: 0,
  unreadable: 0,
};

export type Counts = typeof noCounts;
type CountsByKey = Record<string, number>;
/** What is counted over a whole run, warm-up and drain included. */
export type LoadTotals = Counts & { errors: CountsByKey; closes: CountsByKey };

export function emptyTotals(): LoadTotals {
  return { ...noCounts, errors: {}, closes: {} };
}

export function sumTotals(parts: readonly LoadTotals[]): LoadTotals {
  const [sum, errors, closes] = [{ ...noCounts }, {}, {}];
  for (const part of parts) {
    const { errors: partErrors, closes: partCloses, ...counts } = part;
    addCounts(sum, counts);
    addCounts(errors, partErrors);
    addCounts(closes, partCloses);
  }
  return { ...sum, errors, closes };
}

export function addCounts(to: CountsByKey, from: CountsByKey): void {
  for (const [key, count] of Object.entries(from)) to[key] = (to[key] ?? 0) + count;
}

/** What a relay must never do; a missed goal is none of these. */
export function faultsOf(totals: LoadTotals): string[] {
  const closes = Object.values(totals.closes).reduce((total, count) => total + count, 0);
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
