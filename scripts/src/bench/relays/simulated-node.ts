/** A node without sockets: what an edge says to Redis for itself and for its devices, through the same stores. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  agreeOnShards,
  BandwidthLedger,
  Inbox,
  MetricsWriter,
  NodeDirectory,
  type NodeReport,
  probeWrites,
  RedisLink,
  type Registry,
  redisMemory,
} from '@openrelay/state';
import { byShard, numbersFrom, registryOf } from './fill-registry';
import { shards } from './node-link';

const commandTimeoutMs = 10_000;
const startBoundMs = 10_000;
const pollMs = 2;
const secondMs = 1000;
/** Half of a registration's lease: so long an edge waits before it renews it. */
const renewalSeconds = 1_800;
const idleReport: NodeReport = {
  startedAtMs: 0,
  connections: 0,
  draining: 'no',
  rssBytes: 0,
  cpuPercent: 0,
  eventLoopDelayMs: 0,
  redisRoundTripMs: 0,
  messagesPerSecond: 0,
  port: 0,
  storePressure: 0,
  storeBudgetBytes: 0,
};

export class SimulatedNode {
  private readonly registry: Registry;
  readonly link: RedisLink;
  private readonly inbox: Inbox;
  private readonly directory: NodeDirectory;
  private readonly bandwidth: BandwidthLedger;
  private readonly metrics: MetricsWriter;
  private timers: NodeJS.Timeout[] = [];
  /** The number of the device whose registration is renewed next. */
  private renewed = 0;

  /** @param devices the numbers of those that it holds: `count` from `first` on */
  constructor(
    url: string,
    readonly name: string,
    readonly devices: { first: number; count: number },
  ) {
    const monotonicMs = () => performance.now();
    this.link = new RedisLink({ url, commandTimeoutMs, monotonicMs });
    this.inbox = new Inbox(this.link, { url, node: name, shards, commandTimeoutMs, monotonicMs });
    this.directory = new NodeDirectory(this.link);
    this.bandwidth = new BandwidthLedger(this.link, name);
    this.metrics = new MetricsWriter(this.link, name);
    this.registry = registryOf(this.link, name);
  }

  /** Connects and opens its channels, over which probes go from then on. */
  async start(): Promise<void> {
    await this.link.connect(startBoundMs);
    await agreeOnShards(this.link, shards);
    this.inbox.start();
    const deadlineMs = performance.now() + startBoundMs;
    while (!this.inbox.isComplete && performance.now() < deadlineMs) await pause(pollMs);
    if (!this.inbox.isComplete) throw new Error(`${this.name}: its channels did not open in time`);
  }

  /** What an edge does at intervals (`services/edge/src/edge.ts`) while its devices are silent. */
  startUpkeep(): void {
    const { link, directory, name } = this;
    const table: [everyMs: number, work: () => Promise<unknown>][] = [
      [5 * secondMs, () => redisMemory(link)],
      [5 * secondMs, () => this.bandwidth.add(this.bandwidth.currentMonth(), this.bandwidth.nextFlush(), 0)],
      [5 * secondMs, () => this.metrics.add(this.metrics.nextFlush(), new Map())],
      [5 * secondMs, () => Promise.all([directory.beat(name, idleReport), agreeOnShards(link, shards)])],
      [5 * secondMs, () => probeWrites(link)],
    ];
    for (const [everyMs, work] of table) this.every(everyMs, work);
  }

  /** Renews the leases of its devices, evenly over the time that they have. */
  startRenewals(): void {
    const perSecond = Math.ceil(this.devices.count / renewalSeconds);
    this.every(secondMs, () => {
      const { first, count } = this.devices;
      const from = first + (this.renewed % Math.max(1, count - perSecond));
      this.renewed += perSecond;
      return this.check(numbersFrom(from, Math.min(perSecond, count)));
    });
  }

  async check(numbers: Iterable<number>): Promise<void> {
    await byShard(this.link, this.name, numbers, (lane, batch) => this.registry.check(lane, batch));
  }

  /** As a node leaves that is killed: nothing is taken back. */
  die(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    this.inbox.stop();
    this.link.close();
  }

  private every(everyMs: number, work: () => Promise<unknown>): void {
    // What fails is tried again at the next turn; a node that died fails for ever.
    const turn = () => void work().catch(() => undefined);
    // Not all nodes at the same instant.
    const start = setTimeout(() => this.timers.push(setInterval(turn, everyMs)), Math.random() * everyMs);
    this.timers.push(start);
  }
}
