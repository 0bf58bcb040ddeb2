/** How much one thing is of another that was measured in turn with it. */
import { median } from './figure';

/** By round, in the order in which they were measured. */
export type Rounds = { ours: readonly number[]; theirs: readonly number[] };

/** `ratio` is the median of the rounds', `least` and `most` are the others'. NaN where something was not measured, or was 0. */
export type Ratio = { ours: number; theirs: number; ratio: number; least: number; most: number };

export function ratioOf({ ours, theirs }: Rounds): Ratio {
  const ratios = ours.map((value, round) => value / theirs[round]!);
  const known = ratios.every(Number.isFinite);
  return {
    ours: median(ours),
    theirs: median(theirs),
    ratio: known ? median(ratios) : Number.NaN,
    least: known ? Math.min(...ratios) : Number.NaN,
    most: known ? Math.max(...ratios) : Number.NaN,
  };
}
