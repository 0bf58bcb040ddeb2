import { setTimeout as pause } from 'node:timers/promises';
import {
  type ClusterView,
  type Counts,
  type Overview,
  problemsOf,
  type Snapshot,
  sentence,
  trafficBetween,
} from '@openrelay/overview';

/** Nodes count once a second: over five the rates are steady, and still live. */
const rateWindowMs = 5000;
/** Readings that are closer together give no rates. */
const shortestMs = 900;
/** A reading is answered again for so long: however many clients ask, Redis is read once in that time. */
const freshMs = 1000;

type Reading = { snapshot: Snapshot; readAtMs: number };

/** The last few readings of the cluster, shared by all clients. */
export class Readings {
  private recent: Reading[] = [];
  private underWay: Promise<Snapshot> | undefined;

  constructor(
    private readonly overview: Pick<Overview, 'snapshot'>,
    private readonly monotonicMs: () => number,
  ) {}

  /** At most a second old. @throws RedisUnavailable */
  async latest(): Promise<Snapshot> {
    const last = this.recent.at(-1);
    if (last !== undefined && this.monotonicMs() - last.readAtMs < freshMs) return last.snapshot;
    return this.read();
  }

  /** The cluster with rates, which may take a second to be known. @throws RedisUnavailable */
  async cluster(): Promise<ClusterView> {
    const snapshot = await this.latest();
    if (this.before(snapshot) !== undefined) return this.describe(snapshot);
    await pause(freshMs);
    return this.describe(await this.read());
  }

  /** A new reading; without rates when there was none just before. @throws RedisUnavailable */
  async next(): Promise<ClusterView> {
    return this.describe(await this.read());
  }

  private read(): Promise<Snapshot> {
    this.underWay ??= this.readNow().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async readNow(): Promise<Snapshot> {
    const snapshot = await this.overview.snapshot();
    const nowMs = this.monotonicMs();
    this.recent = this.recent.filter(({ readAtMs }) => nowMs - readAtMs < rateWindowMs + freshMs);
    this.recent.push({ snapshot, readAtMs: nowMs });
    return snapshot;
  }

  /** The oldest reading within the window. */
  private before(after: Counts): Counts | undefined {
    return this.recent
      .map(({ snapshot }) => snapshot)
      .find(({ atMs }) => {
        const apartMs = after.atMs - atMs;
        return apartMs >= shortestMs && apartMs <= rateWindowMs + freshMs;
      });
  }

  private describe(snapshot: Snapshot): ClusterView {
    const before = this.before(snapshot);
    const traffic = before === undefined ? { rates: null, latency: null } : trafficBetween(before, snapshot);
    const { totals: _, ...shown } = snapshot;
    const problems = problemsOf({ ...shown, ...traffic }).map((problem) => ({
      ...problem,
      text: sentence(problem.text),
    }));
    return { ...shown, ...traffic, problems };
  }
}
