import { openFilesLimit } from '@openrelay/service';
import type { Log, Metrics } from '@openrelay/telemetry';
import type { ConnectionLimits } from '../inbound/connection-limits';
import type { Transport } from '../sockets/transport';
import { FileReserve } from './file-reserve';

const silenceMs = 60_000;

export type CapacityParts = {
  /** 0: as many as there is room for. */
  wished: number;
  limits: ConnectionLimits;
  connections: ReadonlySet<unknown>;
  transport: Transport;
  metrics: Metrics;
  log: Log;
  monotonicMs: () => number;
};

/** Decides how many connections an edge takes, so that it never runs out of files, and logs when it refuses some. */
export class Capacity {
  private reserve: FileReserve | undefined;
  private logged = 0;
  private loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: CapacityParts) {
    const { metrics, limits, connections } = parts;
    metrics.gauge('connections', () => connections.size);
    metrics.gauge('connections_max', () => limits.maxConnections);
  }

  /** To be called before the port is opened. @throws Error in one sentence when there is room for none */
  async plan(): Promise<void> {
    const { wished, limits, log, transport: port, metrics } = this.parts;
    const limit = openFilesLimit();
    if (wished > 0) limits.maxConnections = wished;
    if (limit === undefined) return;
    const changed = (state: 'short' | 'enough', open: number) => {
      if (state === 'short') {
        metrics.count('listen_pauses');
        log.warn('files.short', { open, limit });
      } else log.warn('files.enough', { open, limit });
    };
    this.reserve = new FileReserve({ limit, port, changed });
    const room = await this.reserve.open();
    limits.maxConnections = Math.min(room, limits.maxConnections);
    if (wished <= room) return;
    const text = `RELAY_MAX_CONNECTIONS is ${wished}, and the limit of open files (${limit}) leaves room for ${room}.`;
    log.warn('settings.warning', { text });
  }

  /** To be called a few times a second. */
  async check(): Promise<void> {
    this.logRefusals();
    await this.reserve?.check();
  }

  private logRefusals(): void {
    const { limits, log, monotonicMs } = this.parts;
    const nowMs = monotonicMs();
    const refused = limits.refusals - this.logged;
    if (refused === 0 || nowMs - this.loggedAtMs < silenceMs) return;
    this.loggedAtMs = nowMs;
    this.logged = limits.refusals;
    log.warn('connections.full', { refused, max: limits.maxConnections });
  }

  stop(): void {
    this.reserve?.release();
  }
}
