/** Amounts by field (KEYS.md of shared/state, `or:{metrics}:…`). */
export type Fields = ReadonlyMap<string, number>;

/** What the cluster has counted since ever, at one instant by Redis's clock. */
export type Counts = { atMs: number; totals: Fields };

export function sumOf(parts: readonly Fields[]): Fields {
  const sum = new Map<string, number>();
  for (const part of parts) for (const [field, amount] of part) sum.set(field, (sum.get(field) ?? 0) + amount);
  return sum;
}
