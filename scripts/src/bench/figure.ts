/** One measured figure, and the goal it is held against. */

export type Unit = 'messages/s' | 'µs/message' | 's' | 'ms' | 'bytes' | '% of a core' | 'times' | 'calls' | 'devices/s';
export type Goal = { comparison: 'at most' | 'under'; limit: number };

/** `value` is null when it could not be measured. */
export type Figure = { name: string; unit: Unit; value: number | null; goal: Goal | null };

export function figure(name: string, unit: Unit, value: number | null, goal: Goal | null = null): Figure {
  return { name, unit, value, goal };
}

/** Null where there is no goal, or no figure. */
export function isReached({ value, goal }: Figure): boolean | null {
  if (value === null || goal === null) return null;
  return goal.comparison === 'under' ? value < goal.limit : value <= goal.limit;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
