/** A node without sockets: what an edge says to Redis for itself and for its devices, through the same stores. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  agreeOnShards,
  BandwidthLedger,
  fairShare,
  Inbox,
  MetricsWriter,
  NodeDirectory,
  type NodeReport,
  probeWrites,
  RedisLink,
  type Registry,
  redisMemory,
} from '@openrelay/state';
import { inParallel } from '../worker/in-parallel';
import { byShard, type Numbered, numberedAt, numbersFrom, registerAfresh, registryOf } from './fill-registry';
import { shards } from './node-link';

const commandTimeoutMs = 10_000;
const startBoundMs = 10_000;
const pollMs = 2;
const upkeepMs = 5_000;
/** An edge puts no more items into a call. */
const mostOfCall = 128;
/** Half of a registration's lease: so long an edge waits before it renews it; and how often it looks for those that are due. */
const renewedAfterMs = 1_800_000;
const renewalsMs = 15_000;
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

  /** What an edge asks of Redis every five seconds while its devices are silent (`services/edge/src/edge.ts`), in one write. */
  startUpkeep(): void {
    const { link, directory, bandwidth, metrics, name } = this;
    this.every(upkeepMs, async () => {
      const asked: Promise<unknown>[] = [];
      link.together(() => {
        asked.push(
          bandwidth.add(bandwidth.currentMonth(), bandwidth.nextFlush(), 0),
          metrics.add(metrics.nextFlush(), new Map()),
          redisMemory(link),
          directory.beat(name, idleReport),
          agreeOnShards(link, shards),
          probeWrites(link),
        );
      });
      await Promise.all(asked);
    });
  }

  /** Renews the leases of its devices, evenly over the time that they have. */
  startRenewals(): void {
    const perTurn = Math.ceil((this.devices.count * renewalsMs) / renewedAfterMs);
    this.every(renewalsMs, () => {
      const { first, count } = this.devices;
      const from = first + (this.renewed % Math.max(1, count - perTurn));
      this.renewed += perTurn;
      return this.check(numbersFrom(from, Math.min(perTurn, count)));
    });
  }

  /**
   * All these devices come to it at once. As an edge, it has one call under way for each lane, and no more devices in all of these
   * than its share. Answers how many were registered.
   */
  async takeOver(numbers: Iterable<number>, stopping: AbortSignal): Promise<number> {
    const { link, name, registry, directory } = this;
    const byLane = new Map<number, Numbered[]>();
    for (const number of numbers) {
      const one = numberedAt(name, number);
      const lane = link.laneOf(one.shard);
      byLane.set(lane, [...(byLane.get(lane) ?? []), one]);
    }
    const share = fairShare(directory.size, link.lanes(shards));
    const perLane = Math.max(...[...byLane.values()].map(({ length }) => length));
    const lanesAtOnce = Math.max(1, Math.min(byLane.size, Math.floor(share / perLane)));
    const batchDevices = Math.min(mostOfCall, Math.floor(share / lanesAtOnce));
    let registered = 0;
    await inParallel([...byLane], lanesAtOnce, async ([lane, waiting]) => {
      while (waiting.length > 0) {
        stopping.throwIfAborted();
        const count = await registerAfresh(registry, lane, waiting.splice(0, batchDevices));
        registered += count;
      }
    });
    return registered;
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
