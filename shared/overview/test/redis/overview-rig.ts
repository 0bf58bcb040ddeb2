import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { NodeReport } from '@openrelay/state';
import { Overview } from '../../src/index';
import { WrittenCluster } from './written-cluster';

/** A noon far ahead: what is written for it outlives the test by Redis's real clock. */
export const noonMs = Date.UTC(2041, 4, 17, 12, 0);
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const report = {
  startedAtMs: noonMs - 3 * hourMs,
  connections: 12,
  draining: 'no',
  rssBytes: 90 * 1024 * 1024,
  cpuPercent: 12.5,
  eventLoopDelayMs: 11,
  redisRoundTripMs: 0.4,
  messagesPerSecond: 100,
  port: 3000,
  storePressure: 0,
  storeBudgetBytes: 768 * 1024 * 1024,
} as const;

/** A written cluster that an overview looks at. */
class OverviewRig extends WrittenCluster {
  overview!: Overview;

  /** An empty Redis at noon. */
  async begin(): Promise<void> {
    await this.redis.flushall();
    this.setClock(noonMs);
    this.overview = new Overview(this.link, { limitBytes: 1_000_000, thresholdBytes: 950_000 });
  }

  override async beat(node: string, changes: Partial<NodeReport> = {}): Promise<void> {
    await super.beat(node, { ...report, ...changes });
  }
}

export function useOverviewRig(): OverviewRig {
  const rig = new OverviewRig();
  beforeAll(() => rig.start());
  beforeEach(() => rig.begin());
  afterAll(() => rig.stop());
  return rig;
}
