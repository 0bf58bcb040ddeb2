/** What a worker hands to its parent when a run is over, and the sum over all workers. */
import type { LedgerCounts } from './delivery-ledger';
import { Histogram, type HistogramData } from './histogram';

/** Counted over the whole run, warm-up and drain included. */
export type LoadTotals = LedgerCounts & {
  /** Due, but the connection was gone or full. */
  notSent: number;
  /** Received with other sealed bytes than were sent. */
  corrupted: number;
  /** Received by another device, or not of this run. */
  misrouted: number;
  unreadable: number;
  errors: Record<string, number>;
  closes: Record<string, number>;
};

/** Counted between the end of the warm-up and the end of the measurement. */
export type SpanCounts = { sent: number; acked: number; received: number };

export type WorkerReport = {
  totals: LoadTotals;
  span: SpanCounts;
  delivery: HistogramData;
  ack: HistogramData;
  sendLag: HistogramData;
  /** The worker's own, in the measured span. */
  cpuSeconds: number;
};

export type LoadReport = {
  totals: LoadTotals;
  span: SpanCounts;
  delivery: Histogram;
  ack: Histogram;
  sendLag: Histogram;
  workerCpuSeconds: number[];
};

export function emptyTotals(): LoadTotals {
  return {
    sent: 0,
    acked: 0,
    received: 0,
    refused: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    unanswered: 0,
    stalled: 0,
    notSent: 0,
    corrupted: 0,
    misrouted: 0,
    unreadable: 0,
    errors: {},
    closes: {},
  };
}

export function mergeReports(reports: readonly WorkerReport[]): LoadReport {
  const merged: LoadReport = {
    totals: reports.map(({ totals }) => totals).reduce(addTotals, emptyTotals()),
    span: { sent: 0, acked: 0, received: 0 },
    delivery: new Histogram(),
    ack: new Histogram(),
    sendLag: new Histogram(),
    workerCpuSeconds: reports.map(({ cpuSeconds }) => cpuSeconds),
  };
  for (const report of reports) {
    for (const name of ['sent', 'acked', 'received'] as const) merged.span[name] += report.span[name];
    for (const name of ['delivery', 'ack', 'sendLag'] as const) merged[name].merge(report[name]);
  }
  return merged;
}

export function addTotals(left: LoadTotals, right: LoadTotals): LoadTotals {
  const sum = emptyTotals();
  for (const name of Object.keys(sum) as (keyof LoadTotals)[]) {
    if (name === 'errors' || name === 'closes') sum[name] = addByKey(left[name], right[name]);
    else sum[name] = left[name] + right[name];
  }
  return sum;
}

export function addByKey(left: Record<string, number>, right: Record<string, number>): Record<string, number> {
  const sum = { ...left };
  for (const [key, count] of Object.entries(right)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}
