import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeDirectory, NodeReport } from '@openrelay/state';
import { counterField, type Metrics } from '@openrelay/telemetry';

/** How often Node.js looks at the event loop; every value that it measures contains this much. */
const resolutionMs = 20;

export type NodeStatsParts = {
  node: string;
  directory: NodeDirectory;
  metrics: Metrics;
  monotonicMs: () => number;
};

type Measured = Pick<
  NodeReport,
  'rssBytes' | 'cpuPercent' | 'eventLoopDelayMs' | 'redisRoundTripMs' | 'messagesPerSecond'
>;

/** How a node is doing, for operators: measured from one heartbeat to the next. */
export class NodeStats {
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  private cpu = process.cpuUsage();
  private sinceMs: number;
  private accepted = 0;
  private delayMs = 0;
  private roundTripMs = 0;

  constructor(private readonly parts: NodeStatsParts) {
    this.sinceMs = parts.monotonicMs();
    this.loop.enable();
    parts.metrics.gauge('event_loop_delay_seconds', () => this.delayMs / 1000);
  }

  stop(): void {
    this.loop.disable();
  }

  /** @throws RedisUnavailable */
  async measureRoundTrip(): Promise<void> {
    const { directory, node, metrics } = this.parts;
    this.roundTripMs = await directory.roundTripMs(node);
    metrics.observe('redis_round_trip_seconds', this.roundTripMs / 1000);
  }

  /** What happened since the call before. */
  measure(): Measured {
    const elapsedMs = this.parts.monotonicMs() - this.sinceMs;
    this.sinceMs += elapsedMs;
    this.delayMs = Math.max(0, this.loop.percentile(99) / 1e6 - resolutionMs);
    this.loop.reset();
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuPercent: rounded((100 * this.cpuMsSinceLast()) / elapsedMs),
      eventLoopDelayMs: rounded(this.delayMs),
      redisRoundTripMs: rounded(this.roundTripMs),
      messagesPerSecond: rounded((1000 * this.acceptedSinceLast()) / elapsedMs),
    };
  }

  private cpuMsSinceLast(): number {
    const before = this.cpu;
    this.cpu = process.cpuUsage();
    return (this.cpu.user - before.user + this.cpu.system - before.system) / 1000;
  }

  private acceptedSinceLast(): number {
    const before = this.accepted;
    this.accepted = this.parts.metrics.snapshot().get(counterField('messages_accepted')) ?? 0;
    return this.accepted - before;
  }
}

/** Two places are more than these figures are good for, and readable in redis-cli. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
