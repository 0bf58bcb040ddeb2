import { Sealed } from '@openrelay/protocol';
import {
  AuditRecords,
  BandwidthLedger,
  BandwidthMonths,
  JobRecords,
  type NodeReport,
  type RedisLink,
  RollUps,
} from '@openrelay/state';
import { standingLink, WrittenCluster } from '../../../../shared/overview/test/redis/written-cluster';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const gibibyte = 2 ** 30;

/** Far ahead: what is written for then outlives a test by Redis's real clock. */
export const nowMs = Date.UTC(2041, 4, 17, 12, 34, 30);
export const waiting = 'ABCDEF01'.repeat(8);

const report: NodeReport = {
  startedAtMs: nowMs - 5 * hourMs,
  connections: 12_345,
  draining: 'no',
  rssBytes: 180 * 2 ** 20,
  cpuPercent: 42,
  eventLoopDelayMs: 11.4,
  redisRoundTripMs: 0.43,
  messagesPerSecond: 3210,
  port: 3000,
  storePressure: 0,
  storeBudgetBytes: 805_306_368,
};

/** A cluster at one instant, written by the real stores. */
export class FixedCluster extends WrittenCluster {
  static async start(): Promise<FixedCluster> {
    const cluster = new FixedCluster();
    await cluster.start();
    cluster.setClock(nowMs);
    await cluster.serve();
    await cluster.writeNodes();
    await cluster.writeMetrics();
    await cluster.writeBandwidth();
    await cluster.queue(waiting, 3, new Sealed('msgpack', Buffer.alloc(1000)));
    await cluster.writeJobs();
    return cluster;
  }

  /** One of each kind of trouble. */
  async breakIt(): Promise<void> {
    await this.link.command('or:{nodes}:77c0ffee0001', (redis) => redis.del('or:{nodes}:77c0ffee0001'));
    const jobs = new JobRecords(this.link);
    await jobs.failed('roll-up', 'Redis is away');
    await jobs.announce({ job: 'tidy-up', everySeconds: 60, why: 'for the test' });
    await this.audit({ missing: 2, unbalancedShards: 1 });
    await this.link.command('or:{bandwidth}:2041-05', (redis) =>
      redis.set('or:{bandwidth}:2041-05', 9_600_000_000_000),
    );
  }

  private async writeNodes(): Promise<void> {
    await this.beat('0a1b2c3d4e5f', report);
    await this.beat('77c0ffee0001', {
      ...report,
      connections: 7,
      draining: 'yes',
      messagesPerSecond: 0.2,
      port: 3001,
    });
    // A heartbeat holds for 15 s; these hold for the test.
    for (const node of ['0a1b2c3d4e5f', '77c0ffee0001']) {
      await this.link.command(`or:{nodes}:${node}`, (redis) => redis.persist(`or:{nodes}:${node}`));
    }
  }

  private async writeMetrics(): Promise<void> {
    await this.count(nowMs - 2 * hourMs, { messages_accepted: 3_600_000, messages_acked: 3_600_000 });
    await this.count(nowMs - 2 * minuteMs, { messages_accepted: 60_000, messages_acked: 30_000 });
    await this.count(nowMs - minuteMs, {
      registrations: 60,
      messages_accepted: 180_000,
      messages_delivered_live: 170_000,
      messages_queued: 10_000,
      messages_acked: 175_000,
      messages_expired: 12,
      'refused:429': 120,
      'refused:507': 6,
      'payload_bytes:in': 92_160_000,
      'payload_bytes:out': 87_000_000,
      'accepted_to_delivered_seconds:le:0.001': 100_000,
      'accepted_to_delivered_seconds:le:0.002': 68_000,
      'accepted_to_delivered_seconds:le:0.01': 2000,
    });
  }

  private async writeBandwidth(): Promise<void> {
    for (const [daysAgo, bytes] of [1, 2, 3].map((days) => [days, (60 + 10 * days) * gibibyte] as const)) {
      const startMs = nowMs - daysAgo * dayMs;
      await this.count(startMs, { 'payload_bytes:in': bytes / 2, 'payload_bytes:out': bytes / 2 });
      const rollUps = new RollUps(this.link);
      await rollUps.roll('hour', Math.floor(startMs / hourMs) * hourMs);
      await rollUps.roll('day', Math.floor(startMs / dayMs) * dayMs);
    }
    const bandwidth = new BandwidthLedger(this.link, 'writer');
    await bandwidth.add('2041-04', 'writer:1', 2500 * gibibyte);
    await bandwidth.add('2041-05', 'writer:2', 1300 * gibibyte);
    await new BandwidthMonths(this.link).close('2041-04');
    this.setClock(nowMs);
  }

  private async writeJobs(): Promise<void> {
    const jobs = new JobRecords(this.link);
    const plans = [
      { job: 'audit', everySeconds: 300, agoMs: 2 * minuteMs },
      { job: 'month-close', everySeconds: 86_400, agoMs: 12 * hourMs },
      { job: 'roll-up', everySeconds: 3600, agoMs: 35 * minuteMs },
      { job: 'sweep', everySeconds: 10, agoMs: 4000 },
    ];
    for (const { job, everySeconds, agoMs } of plans) {
      await jobs.announce({ job, everySeconds, why: 'for the test' });
      await jobs.succeeded(job, nowMs - agoMs, 12, {});
    }
    await this.audit({ missing: 0, unbalancedShards: 0 });
  }

  private audit(found: { missing: number; unbalancedShards: number }): Promise<void> {
    const counts = { accepted: 3, acked: 0, expired: 0, queued: 3, uncertain: 0 };
    const shards = { shards: 16, countedShards: 16, inexactShards: 0 };
    return new AuditRecords(this.link).write({ atMs: nowMs - 2 * minuteMs, ...counts, ...shards, ...found });
  }
}

/** A link whose clock stands still. */
export async function linkAt(url: string, atMs: number): Promise<RedisLink> {
  const link = standingLink(url);
  await link.connect(5000);
  link.clock.begin(atMs);
  return link;
}
