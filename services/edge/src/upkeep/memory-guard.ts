import type { Log, Metrics } from '@openrelay/telemetry';
import type { Connection } from '../connection/connection';
import type { ConnectionLimits } from '../inbound/connection-limits';

/** Without a setting, this part of the memory that there is. */
const share = 3 / 4;
/** How long it takes no new connections after it has grown beyond its limit. */
const shortMs = 10_000;
/** So many of all connections are cut each time that it grows further. */
const cutShare = 1 / 10;
/** By how much more than before, so that it counts as grown. */
const growth = 1.02;
/** By how much more than what it has come down to. */
const regrowth = 1.1;

export type MemoryGuardParts = {
  /** Bytes; 0: a share of `thereIs`. */
  wished: number;
  /** What the process may use at the most, by its container or its machine. */
  thereIs: number;
  /** What the process has in memory. */
  usedBytes: () => number;
  limits: Pick<ConnectionLimits, 'isShortOfMemory'>;
  connections: ReadonlySet<Connection>;
  metrics: Metrics;
  log: Log;
  random: () => number;
  monotonicMs: () => number;
};

/**
 * Keeps an edge from being killed for its memory. A message that never ends lies in the library, up to twice the largest frame for
 * each connection, and nobody is told whose it is: so any connection may be the one, and is cut by lot. Only growth counts: what
 * was freed may stay with the process, which uses it again.
 */
export class MemoryGuard {
  private readonly limitBytes: number;
  /** Nothing is done below. */
  private reachedBytes: number;
  private shortUntilMs = 0;

  constructor(private readonly parts: MemoryGuardParts) {
    this.limitBytes = parts.wished > 0 ? parts.wished : share * parts.thereIs;
    this.reachedBytes = this.limitBytes;
  }

  /** To be called a few times a second: it takes some microseconds while there is enough. */
  look(): void {
    const { limits } = this.parts;
    const nowMs = this.parts.monotonicMs();
    const usedBytes = this.parts.usedBytes();
    const wasShort = limits.isShortOfMemory;
    if (usedBytes > this.reachedBytes) {
      this.reachedBytes = growth * usedBytes;
      this.shortUntilMs = nowMs + shortMs;
      this.cutSome(wasShort ? cutShare : 0);
    } else {
      // Some was given back: growth counts from there, and is seen before the old peak.
      this.reachedBytes = Math.max(this.limitBytes, Math.min(this.reachedBytes, regrowth * usedBytes));
    }
    limits.isShortOfMemory = nowMs < this.shortUntilMs;
    if (limits.isShortOfMemory !== wasShort) this.report(usedBytes);
  }

  /** Those that have not registered, and a share of the others. */
  private cutSome(registeredShare: number): void {
    for (const connection of this.parts.connections) {
      if (connection.holding.sinceMs === 0 || this.parts.random() < registeredShare) this.cut(connection);
    }
  }

  private report(usedBytes: number): void {
    const { limits, log } = this.parts;
    const fields = { usedBytes, limitBytes: Math.floor(this.limitBytes) };
    if (limits.isShortOfMemory) log.warn('memory.short', fields);
    else log.warn('memory.enough', fields);
  }

  /** Its memory is free at once, whether the other end heeds a close frame or not. */
  private cut(connection: Connection): void {
    this.parts.metrics.count('memory_cuts');
    connection.socket.cut();
  }
}
