/** The smallest value that `percent` of all do not exceed; NaN when there are none. */
export function percentileOf(sorted: ArrayLike<number>, percent: number): number {
  // Without the allowance 99.9 % of 1,000 would be 999.0000000000001, and so all of them.
  const rank = Math.max(1, Math.ceil((percent * sorted.length) / 100 - 1e-6));
  return sorted[rank - 1] ?? Number.NaN;
}
