/** Observations by bucket: `counts[i]` of those above `bounds[i - 1]` and not above `bounds[i]`, the last of those above all. */
export type Histogram = { readonly bounds: readonly number[]; readonly counts: ArrayLike<number> };

/**
 * The value below which the given share of the observations lies, as Prometheus's histogram_quantile estimates it: within a
 * bucket the observations are taken to be spread evenly. The last bucket has no end, so its beginning is answered.
 * @returns null without observations
 */
export function quantile(histogram: Histogram, share: number): number | null {
  const { bounds, counts } = histogram;
  const wanted = share * observations(histogram);
  if (wanted === 0) return null;
  let below = 0;
  for (const [index, upTo] of bounds.entries()) {
    const from = bounds[index - 1] ?? 0;
    const here = counts[index] ?? 0;
    if (below + here >= wanted) return from + ((upTo - from) * (wanted - below)) / here;
    below += here;
  }
  return bounds.at(-1) ?? null;
}

export function observations({ counts }: Histogram): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}
