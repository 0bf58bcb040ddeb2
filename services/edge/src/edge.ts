import { totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '@openrelay/config';
import { readPageFiles } from '@openrelay/page';
import { askAtStart, connectRedis, countOpenFiles } from '@openrelay/service';
import { agreeOnShards, probeWrites } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { createParts, type EdgeParts } from './edge-parts';
import { announceCertificate, certificateFiles, readCertificate, renewCertificate } from './sockets/certificate';
import { originRule } from './sockets/origins';
import type { Transport } from './sockets/transport';
import { createUwsTransport } from './sockets/transport-uws';
import { Capacity } from './upkeep/capacity';
import { closeSpread, linger, waitUntil } from './upkeep/drain';
import { Intervals } from './upkeep/intervals';
import { MemoryGuard } from './upkeep/memory-guard';
import { lookEveryMs } from './upkeep/node-stats';
import { createPages } from './upkeep/pages';
import { followRedis, openInbox } from './upkeep/redis-events';
import { explainRefusal, WriteHealth } from './upkeep/write-health';

/** How long the first connection to Redis may take, and then its first answer, and the subscription. */
const startBoundMs = 5000;
const secondMs = 1000;
/** How long the last messages, acks and deregistrations may take when a node leaves. */
const settleBoundMs = 1500;
/** How long devices may take to hear that they are sent away. */
const lingerBoundMs = 2000;

/** What a connection may have waiting besides frames of the largest size. */
export const baseBufferBytes = 1024 * 1024;

export type EdgeOptions = {
  settings: Settings;
  node: string;
  log: Log;
  random: () => number;
  /** An operator has asked the node to leave: `drain` is to be called as for a signal. */
  drainAsked: () => void;
};

/** One edge: sockets on the one side, Redis on the other, nothing worth keeping in between. */
export class Edge {
  private readonly parts: EdgeParts;
  private readonly transport: Transport;
  private readonly intervals: Intervals;
  private readonly writeHealth: WriteHealth;
  private readonly capacity: Capacity;
  private readonly memory: MemoryGuard;
  private readonly startedAtMs = Date.now();
  private port = 0;
  private drained: Promise<void> | undefined;
  private state: 'starting' | 'running' | 'draining' | 'stopped' = 'starting';

  constructor(private readonly options: EdgeOptions) {
    const { settings, node, log, random } = options;
    const { maxFrameBytes, idleTimeoutSeconds, sharePort } = settings;
    // A device that reads never has more waiting than a few frames of the largest size.
    const mostPendingBytes = 4 * (baseBufferBytes + maxFrameBytes);
    this.parts = createParts(settings, node, log, mostPendingBytes, () => performance.now(), random);
    const { metrics, bandwidth, failed, hub, limits, link } = this.parts;
    this.intervals = new Intervals((work) => link.together(work), failed);
    this.writeHealth = new WriteHealth(log, () => performance.now());
    this.transport = createUwsTransport(
      {
        maxFrameBytes,
        idleTimeoutSeconds,
        maxBufferedBytes: 2 * mostPendingBytes,
        sharePort,
        origins: originRule(settings),
        certificate: certificateFiles(settings),
      },
      hub,
      createPages({
        metrics,
        bandwidth,
        unready: () => this.unready(),
        files: settings.servePage ? readPageFiles() : [],
        monotonicMs: () => performance.now(),
      }),
      failed,
    );
    this.capacity = new Capacity({
      wished: settings.maxConnections,
      limits,
      connections: hub.connections,
      transport: this.transport,
      metrics,
      log,
      monotonicMs: () => performance.now(),
    });
    this.memory = new MemoryGuard({
      wished: settings.maxMemoryBytes,
      thereIs: Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()),
      usedBytes: () => process.memoryUsage.rss(),
      monotonicMs: () => performance.now(),
      limits,
      connections: hub.connections,
      metrics,
      log,
      random,
    });
  }

  /** @throws Error in one sentence: Redis not reachable or not writable, settings that do not fit the deployment, the port taken */
  async start(): Promise<void> {
    const { settings, log, drainAsked } = this.options;
    log.info('edge.starting', { version: process.version, transport: this.transport.name });
    await connectRedis(this.parts.link, startBoundMs);
    await askAtStart(() => this.agree(), startBoundMs).catch(explainRefusal);
    await openInbox(this.parts.inbox, startBoundMs);
    followRedis({ ...this.parts, log, drainAsked, agree: () => this.agree() });
    log.onDropped((lines) => this.parts.metrics.add('log_lines_dropped', lines));
    await this.capacity.plan();
    await this.parts.pressure.measure().catch(() => undefined); // again in a moment
    // So that its first devices are refused, too, when the month is used up. If Redis does not say, it does so a second later.
    await this.parts.bandwidth.flush().catch(() => undefined);
    this.port = await this.transport.listen(settings.bindAddress, settings.port);
    if (this.state === 'starting') this.state = 'running'; // it may be draining already
    log.info('edge.listening', { port: this.port, address: settings.bindAddress, transport: this.transport.name });
    const files = certificateFiles(settings);
    if (files) announceCertificate(readCertificate(files), log, Date.now());
    this.startIntervals();
  }

  /** For when the certificate's files have changed. Nothing is thrown: the log tells what came of it. */
  renewCertificate(): void {
    const { settings, log } = this.options;
    const files = certificateFiles(settings);
    if (files) renewCertificate(files, this.transport, log, Date.now());
  }

  /** What the node does for itself: how often, what, and why where that is not plain. */
  private startIntervals(): void {
    const { checks, stays, implicitAcks, offers, bandwidth, liveness, hub, flusher, nodeStats } = this.parts;
    const { link, pressure, slowStarts } = this.parts;
    const written = (write: () => Promise<void>) => this.writeHealth.watched(write);
    const flushed = (flush: () => Promise<void>) => this.lessOftenWhileIdle(written(flush));
    const table: [everyMs: number, work: () => void | Promise<void>][] = [
      [lookEveryMs, () => nodeStats.look()],
      [250, () => liveness.look()], // was the process held up?
      [250, () => this.capacity.check()], // sockets that ask for nothing may take the last files
      [250, () => this.memory.look()],
      [250, () => slowStarts.findStuck()],
      [1000, () => hub.closeUnregistered()],
      [1000, () => offers.dropLate()],
      [1000, () => implicitAcks.acknowledgeDue(performance.now())],
      [1000, flushed(() => bandwidth.flush())],
      [1000, flushed(() => flusher.flush())],
      [1000, () => checks.checkDoubtful()], // a lost wake-up is found within two probes, and put right within 5 s
      [15_000, () => checks.renewLeases()],
      [5000, () => pressure.measure()], // and soon after it was asked for
      [5000, () => stays.reportDue()],
      [5000, written(() => this.beat())],
      // Redis accepts the node's other writes above maxmemory, too: only this one is refused as messages are.
      [5000, written(() => probeWrites(link))],
    ];
    for (const [everyMs, work] of table) this.intervals.every(everyMs, work);
    void this.beat().catch(() => undefined); // the next one is soon
  }

  /** While no frame comes or goes nobody waits for what the node has counted: every fifth time is often enough. */
  private lessOftenWhileIdle(flush: () => Promise<void>): () => Promise<void> | void {
    let turns = 0;
    return () => {
      turns += 1;
      const isIdle = this.parts.bandwidth.isFlushed && this.writeHealth.refusal === undefined;
      return isIdle && turns % 5 !== 0 ? undefined : flush();
    };
  }

  private async beat(): Promise<void> {
    const { directory, hub, nodeStats, pressure } = this.parts;
    const beaten = directory.beat(this.options.node, {
      startedAtMs: this.startedAtMs,
      connections: hub.connections.size,
      draining: this.state === 'draining' ? 'yes' : 'no',
      port: this.port,
      storePressure: pressure.current,
      storeBudgetBytes: pressure.budgetBytes,
      ...nodeStats.measure(),
    });
    await Promise.all([beaten, this.agree()]);
  }

  /** Redis may have come back empty, or been emptied: a node that is set up otherwise must not be the first then. */
  private async agree(): Promise<void> {
    const adopted = await agreeOnShards(this.parts.link, this.options.settings.shards);
    if (adopted) this.options.log.info('edge.adopted', adopted);
  }

  private unready(): string | undefined {
    if (this.state !== 'running') return `the node is ${this.state}`;
    if (!this.parts.link.isAvailable) return `Redis is away (${this.parts.link.reason})`;
    if (!this.parts.inbox.isListening || this.parts.inbox.isDeaf) return 'the subscription to Redis is being renewed';
    const { refusal } = this.writeHealth;
    return refusal === undefined ? undefined : `Redis takes no writes (${refusal})`;
  }

  /**
   * Leaves without losing anything: unready first, while new connections are still taken until the load balancer knows;
   * then no more of them; then those that are open are sent away little by little; then the last counters are written.
   * However often it is asked for, it happens once.
   */
  drain(): Promise<void> {
    this.drained ??= this.drainOnce();
    return this.drained;
  }

  private async drainOnce(): Promise<void> {
    const { settings, log, random } = this.options;
    const { hub, router, forwards, answers, handover, acknowledgements, registrations, metrics } = this.parts;
    this.state = 'draining';
    log.info('edge.draining');
    metrics.count('drains');
    void this.beat().catch(() => undefined); // the next one is soon
    await pause(settings.drainLeadSeconds * secondMs);
    this.transport.stopListening();
    const filesBefore = await countOpenFiles(Number.POSITIVE_INFINITY);
    const spread = await closeSpread(hub.connections, settings.drainSeconds * secondMs, random);
    // A socket that was open before may have become a connection meanwhile.
    const connectionsClosed = spread + (await closeSpread(hub.connections, 0, random));
    const unsettled = [router, forwards, answers, handover, acknowledgements, registrations];
    await waitUntil(() => unsettled.every(({ isIdle }) => isIdle), settleBoundMs);
    this.intervals.stop();
    await Promise.all([this.flushAndLeave(), linger(() => areClosed(filesBefore - connectionsClosed), lingerBoundMs)]);
    this.stop();
    log.info('edge.stopped', { connectionsClosed });
  }

  /** When Redis is away, what it cannot be told ends with its lifetime there, or is not counted. */
  private async flushAndLeave(): Promise<void> {
    const { bandwidth, flusher, directory, link } = this.parts;
    if (!link.isAvailable) return;
    await Promise.allSettled([bandwidth.close(), flusher.close(), directory.leave(this.options.node)]);
  }

  /** Lets go of everything at once. */
  stop(): void {
    this.state = 'stopped';
    this.transport.stopListening();
    this.intervals.stop();
    this.capacity.stop();
    this.parts.inbox.stop();
    this.parts.link.close();
  }
}

/** The system is asked: of a connection that it has closed, the library does not tell when its peer has gone. */
async function areClosed(filesAfter: number): Promise<boolean> {
  return (await countOpenFiles(Number.POSITIVE_INFINITY)) <= filesAfter;
}
