/** What each chart shows; the names are ids of index.html. */

import { digits, milliseconds, refusal, text, whole } from '../page/format.js';
import type { ChartOptions, Line } from './chart.js';
import type { Sample } from './history.js';

const perSecond = (value: number): string => `${digits(value)}/s`;

/** The most reasons that are told apart; RESPONSES.md has nine, and hardly ever more than two at a time. */
const refusalColors = ['--refused', '--p99', '--queued', '--accepted', '--delivered', '--p50'];

function refusalLines(samples: readonly Sample[]): Line[] {
  const codes = new Set(samples.flatMap(({ refused }) => Object.keys(refused).filter((code) => refused[code]! > 0)));
  const lines = [...codes].sort().map((code, i): Line => {
    const color = refusalColors[i % refusalColors.length]!;
    return { label: refusal(code), color, read: ({ refused }) => refused[code] ?? 0 };
  });
  return lines.length > 0 ? lines : [{ label: 'refused', color: '--refused', read: () => 0 }];
}

export const chartTable: Readonly<Record<string, ChartOptions>> = {
  'chart-messages': {
    title: 'Messages a second',
    write: perSecond,
    empty: 'No message in this time',
    lines: () => [
      { label: 'accepted', color: '--accepted', read: ({ accepted }) => accepted },
      { label: 'live', color: '--delivered', read: ({ deliveredLive }) => deliveredLive },
      { label: 'queued', color: '--queued', read: ({ queued }) => queued },
    ],
  },
  'chart-refused': {
    title: 'Refused a second, by reason',
    write: perSecond,
    empty: 'Nothing was refused in this time',
    lines: refusalLines,
  },
  'chart-latency': {
    title: 'Accepted to delivered',
    write: (value) => text(milliseconds(value)),
    empty: 'Nothing was delivered live in this time',
    lines: () => [
      { label: 'p50', color: '--p50', read: ({ p50Ms }) => p50Ms },
      { label: 'p99', color: '--p99', read: ({ p99Ms }) => p99Ms },
    ],
  },
  'chart-queue': {
    title: 'Messages that wait, since this page was opened',
    write: (value) => (Number.isInteger(value) ? whole(value) : digits(value)),
    empty: 'Nothing waits',
    lines: () => [{ label: 'waiting', color: '--queued', read: ({ queueDepth }) => queueDepth }],
  },
};
