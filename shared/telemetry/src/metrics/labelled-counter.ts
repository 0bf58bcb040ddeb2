import { type MetricRow, mostLabelValues } from './metrics-table';

/** HOT PATH: the totals of one counter, by label. prom-client's own counter hashes the labels at every call. */
export class LabelledCounter {
  private readonly totals = new Map<string | number, number>();

  /** Closed labels start at 0, so that Prometheus can tell a rate from the first increment on. */
  constructor({ label }: MetricRow) {
    if (label === undefined) this.totals.set('', 0);
    else if (label.values !== 'any') for (const value of label.values) this.totals.set(value, 0);
  }

  add(label: string | number, amount: number): void {
    const total = this.totals.get(label);
    if (total !== undefined) this.totals.set(label, total + amount);
    else this.addFirst(label, amount);
  }

  entries(): IterableIterator<[string | number, number]> {
    return this.totals.entries();
  }

  private addFirst(label: string | number, amount: number): void {
    const kept = this.totals.size < mostLabelValues ? label : 'other';
    this.totals.set(kept, (this.totals.get(kept) ?? 0) + amount);
  }
}
