import { openFilesLimit } from '@openrelay/service';
import type { Log, Metrics } from '@openrelay/telemetry';
import type { ConnectionHub } from '../inbound/connection-hub';
import type { Transport } from '../sockets/transport';
import { FileReserve } from './file-reserve';

const silenceMs = 60_000;

export type CapacityParts = {
  /** 0: as many as there is room for. */
  wished: number;
  hub: ConnectionHub;
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
    const { metrics, hub } = parts;
    metrics.gauge('connections', () => hub.connections.size);
    metrics.gauge('connections_max', () => hub.maxConnections);
  }

  /** To be called before the port is opened. @throws Error in one sentence when there is room for none */
  async plan(): Promise<void> {
    const { wished, hub, log, transport: port, metrics } = this.parts;
    const limit = openFilesLimit();
    if (wished > 0) hub.maxConnections = wished;
    if (limit === undefined) return;
    const changed = (state: 'short' | 'enough', open: number) => {
      if (state === 'short') {
        metrics.count('listen_pauses');
        log.warn('files.short', { open, limit });
      } else log.warn('files.enough', { open, limit });
    };
    this.reserve = new FileReserve({ limit, port, changed });
    const room = await this.reserve.open();
    hub.maxConnections = Math.min(room, hub.maxConnections);
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
    const { hub, log, monotonicMs } = this.parts;
    const nowMs = monotonicMs();
    const refused = hub.refusals - this.logged;
    if (refused === 0 || nowMs - this.loggedAtMs < silenceMs) return;
    this.loggedAtMs = nowMs;
    this.logged = hub.refusals;
    log.warn('connections.full', { refused, max: hub.maxConnections });
  }

  stop(): void {
    this.reserve?.release();
  }
}
