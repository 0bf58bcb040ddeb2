/** One measured figure, and the goal it is held against. */
import { percentileOf } from '@openrelay/telemetry';

/** Each unit, and the decimals that people are shown. */
export const decimals = {
  'messages/s': 0,
  'µs/message': 1,
  s: 2,
  ms: 2,
  bytes: 0,
  '% of a core': 3,
  times: 2,
  calls: 0,
  'devices/s': 0,
};

export type Unit = keyof typeof decimals;
export type Goal = { comparison: 'at most' | 'under'; limit: number };

/** `value` is NaN when it could not be measured, which JSON writes as null. */
export type Figure = { name: string; unit: Unit; value: number; goal: Goal | null };

export function figure(name: string, unit: Unit, value: number, goal: Goal | null = null): Figure {
  return { name, unit, value, goal };
}

/** One for each percentile of what is called `name`, with the goals that some of them have. */
export function percentiles(
  name: string,
  sorted: Float64Array,
  percents: readonly number[],
  goals: Record<number, Goal> = {},
): Figure[] {
  return percents.map((percent) => {
    const which = percent === 100 ? 'longest' : `p${percent}`;
    return figure(`${name}, ${which}`, 'ms', percentileOf(sorted, percent), goals[percent]);
  });
}

export function atMost(limit: number): Goal {
  return { comparison: 'at most', limit };
}

export function under(limit: number): Goal {
  return { comparison: 'under', limit };
}

/** Null where there is no goal, or no figure. */
export function isReached({ value, goal }: Figure): boolean | null {
  if (Number.isNaN(value) || goal === null) return null;
  return goal.comparison === 'under' ? value < goal.limit : value <= goal.limit;
}

/** NaN when there are none, or when one of them could not be measured. */
export function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = [...values].sort((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
