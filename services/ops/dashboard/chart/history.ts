import type { ClusterView, SeriesPoint, SeriesView } from '@openrelay/overview';

/** What the charts show of one instant. */
export type Sample = {
  atMs: number;
  accepted: number;
  deliveredLive: number;
  queued: number;
  refused: Readonly<Record<string, number>>;
  p50Ms: number | null;
  p99Ms: number | null;
  /** Known while the page is open only: nobody keeps it. */
  queueDepth: number | null;
};

/** An hour of seconds. */
const mostLive = 3600;

/** Periods that were counted, and then the seconds since the page was opened. */
export class History {
  private counted: Sample[] = [];
  private live: Sample[] = [];

  /** The running period is left out: seconds tell it better. */
  setCounted({ points, step }: SeriesView): void {
    const closed = points.filter(({ overMs }) => overMs >= periodMs[step]);
    this.counted = closed.map(ofPoint);
  }

  addLive(cluster: ClusterView): void {
    const sample = ofCluster(cluster);
    const last = this.live.at(-1);
    if (sample === undefined || (last !== undefined && sample.atMs <= last.atMs)) return;
    this.live.push(sample);
    if (this.live.length > mostLive) this.live.shift();
  }

  /** After an interruption: what was missed comes from the counted periods. */
  forgetLive(): void {
    this.live = [];
  }

  /** Ascending. */
  since(fromMs: number): Sample[] {
    const firstLiveMs = this.live[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const before = this.counted.filter(({ atMs }) => atMs < firstLiveMs);
    return [...before, ...this.live].filter(({ atMs }) => atMs >= fromMs);
  }
}

const periodMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Drawn at its end, where the seconds go on. */
function ofPoint(point: SeriesPoint): Sample {
  const { startMs, overMs, accepted, deliveredLive, queued, refused, latency } = point;
  const { p50Ms, p99Ms } = latency;
  return { atMs: startMs + overMs, accepted, deliveredLive, queued, refused, p50Ms, p99Ms, queueDepth: null };
}

function ofCluster({ atMs, rates, latency, queues }: ClusterView): Sample | undefined {
  if (rates === null) return undefined;
  const { accepted, deliveredLive, queued, refused } = rates;
  const { p50Ms = null, p99Ms = null } = latency ?? {};
  return { atMs, accepted, deliveredLive, queued, refused, p50Ms, p99Ms, queueDepth: queues.messages };
}
