/** The minutes, hours and days (UTC) that metrics are kept by. */
export const stepMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

export type MetricsStep = keyof typeof stepMs;

/** What all nodes counted in a period, by field (METRICS.md). */
export type PeriodCounts = { startMs: number; fields: ReadonlyMap<string, number> };

/** The most that one question may span. */
export const mostPeriods = 1500;

/** Characters of an ISO time that name a period. */
const nameLength = { minute: 16, hour: 13, day: 10 } as const;

/** The name of the period that a time lies in: `YYYY-MM-DD`, with `THH`, with `:MM`, in UTC. */
export function periodName(step: MetricsStep, atMs: number): string {
  return new Date(atMs).toISOString().slice(0, nameLength[step]);
}

/** The start of the period that a time lies in. */
export function periodStart(step: MetricsStep, atMs: number): number {
  return Math.floor(atMs / stepMs[step]) * stepMs[step];
}

/** What periods come to together, by field. */
export function sumOfPeriods(periods: readonly PeriodCounts[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const { fields } of periods) {
    for (const [field, amount] of fields) sum.set(field, (sum.get(field) ?? 0) + amount);
  }
  return sum;
}
