/** Amounts by field (KEYS.md of shared/state, `or:{metrics}:…`). */
export type Fields = ReadonlyMap<string, number>;

/** What the cluster has counted since ever, at one instant by Redis's clock. */
export type Counts = { atMs: number; totals: Fields };
