import type { ClusterView, SeriesView, Step } from '@openrelay/overview';
import { Chart } from '../chart/chart.js';
import { chartTable } from '../chart/chart-table.js';
import { History } from '../chart/history.js';
import { byId } from '../page/elements.js';
import { authorization } from '../stream/token.js';

const minuteMs = 60_000;
/** Seconds are kept for an hour: longer spans need the periods that were counted since. */
const reloadEveryMs = 5 * minuteMs;

type Span = { ms: number; step: Step };

const spans: Readonly<Record<string, Span>> = {
  'span-5m': { ms: 5 * minuteMs, step: 'minute' },
  'span-1h': { ms: 60 * minuteMs, step: 'minute' },
  'span-24h': { ms: 24 * 60 * minuteMs, step: 'minute' },
  'span-30d': { ms: 30 * 24 * 60 * minuteMs, step: 'hour' },
};

/** The charts and the switch that says how much time they show. */
export class Charts {
  private readonly history = new History();
  private readonly charts = Object.entries(chartTable).map(([id, options]) => new Chart(byId(id), options));
  private span = spans['span-1h']!;
  /** By Redis's clock, as the last event told it. */
  private nowMs = Date.now();
  private loads = 0;
  private isCurrent = false;

  constructor() {
    for (const id of Object.keys(spans)) byId(id).addEventListener('change', () => this.choose(id));
    setInterval(() => void this.load(), reloadEveryMs);
  }

  /** After a connection was made: seconds were missed. */
  restart(): void {
    this.history.forgetLive();
    this.isCurrent = false;
  }

  add(cluster: ClusterView): void {
    this.history.addLive(cluster);
    this.nowMs = cluster.atMs;
    this.show();
    if (this.isCurrent) return;
    this.isCurrent = true;
    void this.load();
  }

  repaint(): void {
    for (const chart of this.charts) chart.rebuild();
    this.show();
  }

  private choose(id: string): void {
    this.span = spans[id]!;
    this.show();
    void this.load();
  }

  private show(): void {
    const fromMs = this.nowMs - this.span.ms;
    const samples = this.history.since(fromMs);
    for (const chart of this.charts) chart.show(samples, fromMs, this.nowMs);
  }

  /** Without an answer the charts go on with what they have; the stream tells what is the matter. */
  private async load(): Promise<void> {
    this.loads += 1;
    const load = this.loads;
    const answer = await series(this.nowMs, this.span).catch(() => undefined);
    // The span may have been changed meanwhile.
    if (answer === undefined || load !== this.loads) return;
    this.history.setCounted(answer);
    this.show();
  }
}

async function series(nowMs: number, { ms, step }: Span): Promise<SeriesView | undefined> {
  const toMs = Math.round(nowMs);
  const query = new URLSearchParams({ from: String(toMs - ms), to: String(toMs), step });
  const response = await fetch(`api/metrics?${query}`, { headers: authorization(), cache: 'no-store' });
  return response.ok ? ((await response.json()) as SeriesView) : undefined;
}
