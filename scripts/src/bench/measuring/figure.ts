/** One measured figure, and the goal it is held against. */
import { percentileOf } from '@openrelay/telemetry';

/** Each unit, and the decimals that people are shown. */
export const decimals = {
  'messages/s': 0,
  'MB/s': 1,
  'µs/message': 1,
  'µs/device': 1,
  'ns/byte': 2,
  s: 2,
  ms: 2,
  bytes: 0,
  '% of a core': 3,
  times: 2,
  calls: 0,
  'devices/s': 0,
};

export type Unit = keyof typeof decimals;
/** @property cores below which it says nothing, as the relay shares them with the load; absent: 1 */
export type Goal = { comparison: 'at most' | 'at least'; limit: number; cores?: number };

/** `value` is NaN when it could not be measured, which JSON writes as null. Its goal, if any, is in `goals.ts`, by its name. */
export type Figure = { name: string; unit: Unit; value: number };

export function figure(name: string, unit: Unit, value: number): Figure {
  return { name, unit, value };
}

/** One for each percentile of what is called `name`. */
export function percentiles(name: string, sorted: Float64Array, percents: readonly number[]): Figure[] {
  return percents.map((percent) => {
    const which = percent === 100 ? 'longest' : `p${percent}`;
    return figure(`${name}, ${which}`, 'ms', percentileOf(sorted, percent));
  });
}

export function atMost(limit: number): Goal {
  return { comparison: 'at most', limit };
}

export function atLeast(limit: number, cores = 1): Goal {
  return { comparison: 'at least', limit, cores };
}

/** Null where there is no figure, or the machine is too small for the goal. */
export function isReached(value: number, { comparison, limit, cores = 1 }: Goal, machineCores: number): boolean | null {
  if (Number.isNaN(value) || machineCores < cores) return null;
  return comparison === 'at most' ? value <= limit : value >= limit;
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
