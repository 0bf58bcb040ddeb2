import type { NodeReport } from '@openrelay/state';
import { counterField, type Metrics } from '@openrelay/telemetry';

/** How often the event loop is looked at. */
export const lookEveryMs = 250;

export type NodeStatsParts = { metrics: Metrics; monotonicMs: () => number };

type Measured = Pick<
  NodeReport,
  'rssBytes' | 'cpuPercent' | 'eventLoopDelayMs' | 'redisRoundTripMs' | 'messagesPerSecond'
>;

/** How a node is doing, for operators: measured from one heartbeat to the next. */
export class NodeStats {
  private cpu = process.cpuUsage();
  private sinceMs: number;
  private lookedAtMs: number;
  private accepted = 0;
  private latestMs = 0;
  private delayMs = 0;
  private roundTripMs = 0;

  constructor(private readonly parts: NodeStatsParts) {
    this.sinceMs = parts.monotonicMs();
    this.lookedAtMs = this.sinceMs;
    parts.metrics.gauge('event_loop_delay_seconds', () => this.delayMs / 1000);
  }

  /** To be called by a timer: how late it is, is how late the event loop is. A timer of its own would wake an idle node for it. */
  look(): void {
    const nowMs = this.parts.monotonicMs();
    this.latestMs = Math.max(this.latestMs, nowMs - this.lookedAtMs - lookEveryMs);
    this.lookedAtMs = nowMs;
  }

  /** Redis took so long to answer a small call. */
  noteRoundTrip(tookMs: number): void {
    this.roundTripMs = tookMs;
    this.parts.metrics.observe('redis_round_trip_seconds', tookMs / 1000);
  }

  /** What happened since the call before. */
  measure(): Measured {
    const elapsedMs = this.parts.monotonicMs() - this.sinceMs;
    this.sinceMs += elapsedMs;
    this.delayMs = this.latestMs;
    this.latestMs = 0;
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
