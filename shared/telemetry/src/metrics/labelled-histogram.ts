import { mostLabelValues } from './metrics-table';

export type Observations = {
  /** One count for each bucket, and one for what is above them all. */
  readonly counts: Float64Array;
  sum: number;
};

/** HOT PATH: the observations of one histogram, by label. */
export class LabelledHistogram {
  private readonly cells = new Map<string | number, Observations>();

  constructor(readonly bounds: readonly number[]) {}

  observe(label: string | number, value: number): void {
    const cell = this.cells.get(label) ?? this.cellFor(this.cells.size < mostLabelValues ? label : 'other');
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    cell.counts[bucket]! += 1;
    cell.sum += value;
  }

  entries(): IterableIterator<[string | number, Observations]> {
    return this.cells.entries();
  }

  private cellFor(label: string | number): Observations {
    const existing = this.cells.get(label);
    if (existing !== undefined) return existing;
    const cell = { counts: new Float64Array(this.bounds.length + 1), sum: 0 };
    this.cells.set(label, cell);
    return cell;
  }
}
