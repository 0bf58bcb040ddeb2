import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import { agreeOnShards, MessageQueue, MetricsWriter, NodeDirectory, RedisLink, shardOf } from '@openrelay/state';
import { freshHardwareId, RedisRig } from '@openrelay/testing';
import { Overview } from '../../src/index';

/** A noon far ahead: what is written for it outlives the test by Redis's real clock. */
export const noonMs = Date.UTC(2041, 4, 17, 12, 0);
const shards = 4;
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
} as const;

/** A Redis that real stores write to, at a time that tests set. */
export class OverviewRig extends RedisRig<RedisLink> {
  overview!: Overview;

  constructor() {
    super((url) => new RedisLink({ url, commandTimeoutMs: 5000, monotonicMs: () => 0 }));
  }

  /** An empty Redis at noon. */
  async begin(): Promise<void> {
    await this.redis.flushall();
    this.setClock(noonMs);
    this.overview = new Overview(this.link, { limitBytes: 1_000_000, thresholdBytes: 950_000 });
  }

  setClock(nowMs: number): void {
    this.link.clock.begin(nowMs);
  }

  async serve(): Promise<void> {
    await agreeOnShards(this.link, shards);
  }

  /** Counts as an edge does that flushes at that time. */
  async count(atMs: number, amounts: Readonly<Record<string, number>>): Promise<void> {
    const nowMs = this.link.clock.now();
    this.setClock(atMs);
    const metrics = new MetricsWriter(this.link, freshHardwareId());
    await metrics.add(metrics.nextFlush(), new Map(Object.entries(amounts)));
    this.setClock(nowMs);
  }

  async beat(node: string, changes: Partial<Parameters<NodeDirectory['beat']>[1]> = {}): Promise<void> {
    await new NodeDirectory(this.link).beat(node, { ...report, ...changes });
  }

  /** Queues messages for a device that is not there, by Redis's real clock. */
  async queue(hardwareId: string, count: number): Promise<void> {
    const nowMs = this.link.clock.now();
    const recipient = deviceKeyOf(hardwareId);
    const messages = Array.from({ length: count }, (_, index) => ({
      recipient,
      ttlMs: hourMs,
      repeatable: true,
      envelope: {
        sender: deviceKeyOf(freshHardwareId()),
        id: `id-${index}`,
        ackable: true,
        sealed: new Sealed('json', '{"type":"Receive","payload":{}}'),
      },
    }));
    const rules = { maxMessages: 1000, maxBytes: 2 ** 25, minReplicas: 0 };
    await new MessageQueue(this.link, 'writer', rules).accept(shardOf(recipient, shards), messages);
    this.setClock(nowMs);
  }
}

export function useOverviewRig(): OverviewRig {
  const rig = new OverviewRig();
  beforeAll(() => rig.start());
  beforeEach(() => rig.begin());
  afterAll(() => rig.stop());
  return rig;
}
