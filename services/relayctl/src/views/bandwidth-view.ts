import type { BandwidthView } from '@openrelay/overview';
import { type Fact, facts } from '../text/facts';
import { type Line, plain, type Span } from '../text/line';
import { table } from '../text/table';
import { bytes, percent, shareOf } from '../text/units';

export function bandwidthFact(view: BandwidthView): Fact {
  return ['bandwidth', used(view), `${bytes(view.projectedBytes)} projected`];
}

export function bandwidthView(view: BandwidthView, width: number): Line[] {
  const summary = facts(
    [
      ['month', view.month],
      ['used', used(view)],
      ['threshold', share(view.thresholdBytes, view)],
      ['projected', share(view.projectedBytes, view)],
    ],
    width,
  );
  const days = view.days.map(({ day, bytes: amount }) => ({ period: day, amount }));
  const months = view.closedMonths.map(({ month, bytes: amount }) => ({ period: month, amount }));
  return [...summary, ...amounts('DAY', days, width), ...amounts('MONTH', months, width)];
}

function amounts(title: string, rows: readonly { period: string; amount: number }[], width: number): Line[] {
  if (rows.length === 0) return [];
  const columns = [
    { title, align: 'left' as const, cell: (row: { period: string }) => row.period },
    { title: 'BYTES', cell: (row: { amount: number }) => bytes(row.amount) },
  ];
  return [plain(''), ...table(columns, rows, width)];
}

function used(view: BandwidthView): Span {
  const text = `${bytes(view.usedBytes)} of ${bytes(view.limitBytes)} (${percentOf(view.usedBytes, view)})`;
  return view.usedBytes >= view.thresholdBytes ? { text, colour: 'red' } : { text };
}

function share(amount: number, view: BandwidthView): string {
  return `${bytes(amount)} (${percentOf(amount, view)})`;
}

function percentOf(amount: number, { limitBytes }: BandwidthView): string {
  return percent(shareOf(amount, limitBytes));
}
