import {
  type Audit,
  AuditRecords,
  agreedShards,
  BandwidthMonths,
  findDevice,
  JobRecords,
  Ledger,
  MetricsReader,
  NodeDirectory,
  periodStart,
  type RedisLink,
  redisHealth,
  stepMs,
  sumOfPeriods,
} from '@openrelay/state';
import { type BandwidthLimits, BandwidthReading } from './bandwidth';
import { auditLedger, type Balance, ledgerView } from './ledger';
import { periodsOf, seriesOf } from './series';
import type { ClusterView, QueuesView, SeriesPoint } from './shapes';
import type { Step } from './time-range';
import { type Counts, type Traffic, trafficOf } from './traffic';
import { type DeviceView, deviceView, jobStateAt, nodeView, queuesView, redisView, storeView } from './views';

/** A Redis that no edge has been started on: there is nothing to show yet. */
export class NeverServed extends Error {
  override readonly name = 'NeverServed';

  constructor() {
    super('This Redis has never served a relay.');
  }
}

/** The cluster at one instant by Redis's clock, before anything is compared with the instants before. */
export type Snapshot = Counts & Omit<ClusterView, 'problems' | 'rates' | 'latency'>;

/** Everything that an operator sees, read from Redis. Every call may throw RedisUnavailable. */
export class Overview {
  private readonly nodes: NodeDirectory;
  private readonly metrics: MetricsReader;
  private readonly bandwidth: BandwidthReading;
  private agreed: number | undefined;

  constructor(
    private readonly link: RedisLink,
    limits: BandwidthLimits,
  ) {
    this.nodes = new NodeDirectory(link);
    this.metrics = new MetricsReader(link);
    this.bandwidth = new BandwidthReading(new BandwidthMonths(link), this.metrics, limits);
  }

  /** @throws NeverServed */
  async shards(): Promise<number> {
    this.agreed ??= await agreedShards(this.link);
    if (this.agreed === undefined) throw new NeverServed();
    return this.agreed;
  }

  async snapshot(): Promise<Snapshot> {
    const atMs = this.link.clock.now();
    const [listed, totals, queues, bandwidth, jobs, audit, masters] = await Promise.all([
      this.nodes.list(),
      this.metrics.totals(),
      this.queues(),
      this.bandwidth.read(atMs),
      new JobRecords(this.link).list(),
      new AuditRecords(this.link).read(),
      redisHealth(this.link),
    ]);
    const nodes = listed.map(nodeView);
    return {
      atMs,
      nodes,
      connections: nodes.reduce((sum, { connections }) => sum + (connections ?? 0), 0),
      totals,
      queues,
      bandwidth,
      jobs: jobs.map((job) => ({ ...job, state: jobStateAt(atMs, job) })),
      ledger: ledgerView(audit),
      redis: masters === undefined ? null : redisView(masters),
      store: storeView(listed),
    };
  }

  /** Of the running minute and, when anything was counted in it, the whole one before. */
  async lastMinute(): Promise<Traffic> {
    const nowMs = this.link.clock.now();
    const fromMs = periodStart('minute', nowMs - stepMs.minute);
    const minutes = await this.metrics.periods('minute', fromMs, nowMs);
    return trafficOf(sumOfPeriods(minutes), nowMs - (minutes[0]?.startMs ?? fromMs));
  }

  /** Ascending; none before the first that was counted and none in the future. @throws RangeError for more than 1500 points */
  async series(fromMs: number, toMs: number, step: Step): Promise<SeriesPoint[]> {
    const endMs = Math.min(toMs, this.link.clock.now());
    return seriesOf(await periodsOf(this.metrics, step, fromMs, endMs), step, endMs);
  }

  /** @param hardwareId one that `isHardwareId` of the protocol accepts */
  async device(hardwareId: string): Promise<DeviceView> {
    return deviceView(hardwareId, await findDevice(this.link, hardwareId, await this.shards()));
  }

  /** Counts all queues against the books, one shard after the other; `onShard` hears of each. */
  async auditLedger(onShard: (shard: number, audit: Audit) => void): Promise<Balance> {
    return auditLedger(this.link, await this.shards(), onShard);
  }

  private async queues(): Promise<QueuesView> {
    return queuesView(await new Ledger(this.link).totals(await this.shards()));
  }
}
