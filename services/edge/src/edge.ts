import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '@openrelay/config';
import { connectRedis, watchRedis } from '@openrelay/service';
import { agreeOnShards, lacksPermission, probeWrites } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { createParts, type EdgeParts } from './edge-parts';
import { handleNotices } from './routing/notices';
import { announceCertificate, certificateFiles, readCertificate, renewCertificate } from './sockets/certificate';
import type { Transport } from './sockets/transport';
import { createUwsTransport } from './sockets/transport-uws';
import { Capacity } from './upkeep/capacity';
import { closeSpread, settled } from './upkeep/drain';
import { Intervals } from './upkeep/intervals';
import { createPages } from './upkeep/pages';
import { explainRefusal, WriteHealth } from './upkeep/write-health';

/** How long the first connection to Redis may take. */
const startBoundMs = 5000;
/** Two checks in a row find a lost wake-up, so within 5 s. */
const checkIntervalMs = 2500;
const secondMs = 1000;
/** How often it is looked whether the process was held up. */
const lookIntervalMs = 250;
const capacityIntervalMs = 250;
const beatIntervalMs = 5000;
/** How long the last messages, acks and deregistrations may take when a node leaves. */
const settleBoundMs = 1500;

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

/** Why a node cannot start that hears nothing. @param refusal what Redis said to the subscription */
function unsubscribed(refusal: string): string {
  if (refusal.includes('NOPERM')) return lacksPermission(refusal.replace(/^\w*Error: /, ''));
  if (!/unknown command/i.test(refusal)) return `Redis takes no sharded subscriptions (${refusal}): check REDIS_URL.`;
  return 'Redis takes no sharded subscriptions (SSUBSCRIBE): OpenRelay needs Redis 7.0 or later.';
}

/** One edge: sockets on the one side, Redis on the other, nothing worth keeping in between. */
export class Edge {
  private readonly parts: EdgeParts;
  private readonly transport: Transport;
  private readonly intervals: Intervals;
  private readonly writeHealth: WriteHealth;
  private readonly capacity: Capacity;
  private readonly startedAtMs = Date.now();
  private port = 0;
  private leaving: Promise<void> | undefined;
  private state: 'starting' | 'running' | 'draining' | 'stopped' = 'starting';

  constructor(private readonly options: EdgeOptions) {
    const { settings, node, log } = options;
    const { maxFrameBytes, idleTimeoutSeconds, sharePort } = settings;
    // A few frames of any size are more than a device that reads has ever waiting.
    const mostPendingBytes = 4 * (baseBufferBytes + maxFrameBytes);
    this.parts = createParts(settings, node, log, mostPendingBytes, () => performance.now());
    const { metrics, bandwidth, failures, hub } = this.parts;
    const onError = (error: unknown) => failures.note(error);
    this.intervals = new Intervals(onError);
    this.writeHealth = new WriteHealth(log, () => performance.now());
    this.transport = createUwsTransport(
      {
        maxFrameBytes,
        idleTimeoutSeconds,
        maxBufferedBytes: 2 * mostPendingBytes,
        sharePort,
        certificate: certificateFiles(settings),
      },
      hub,
      createPages({ metrics, bandwidth, unready: () => this.unready() }),
      onError,
    );
    this.capacity = new Capacity({
      wished: settings.maxConnections,
      hub,
      transport: this.transport,
      metrics,
      log,
      monotonicMs: () => performance.now(),
    });
  }

  /** @throws Error in one sentence: Redis not reachable or not writable, settings that do not fit the deployment, the port taken */
  async start(): Promise<void> {
    const { settings, log } = this.options;
    log.info('edge.starting', { version: process.version, transport: this.transport.name });
    await connectRedis(this.parts.link, startBoundMs);
    await this.agree().catch(explainRefusal);
    await this.listenToRedis();
    this.watch();
    await this.capacity.plan();
    // Its first devices are refused, too, when the month is used up; one that is not known yet is a second later.
    await this.parts.bandwidth.flush().catch(() => undefined);
    this.port = await this.transport.listen(settings.bindAddress, settings.port);
    if (this.state === 'starting') this.state = 'running'; // it may have been told to leave meanwhile
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

  private async listenToRedis(): Promise<void> {
    const { inbox } = this.parts;
    let refusal = 'no answer in time';
    const take = (reason: string) => {
      refusal = reason;
    };
    inbox.on('replaced', take).start();
    await settled(() => inbox.isComplete, startBoundMs);
    inbox.off('replaced', take);
    if (!inbox.isComplete) throw new Error(unsubscribed(refusal));
  }

  /** From here on Redis may come and go. */
  private watch(): void {
    const { link, inbox, sessions, registrations, delivery, offers, forwards, metrics, failures, hub } = this.parts;
    const { log, drainAsked } = this.options;
    watchRedis(link, log);
    log.onDropped((lines) => metrics.add('log_lines_dropped', lines));
    link.on('back', () => {
      void this.agree().catch(() => undefined); // told by the heartbeat, which is soon
      this.recover(inbox.listeningShards);
    });
    inbox.on('replaced', (reason) => {
      metrics.count('subscriber_replacements');
      log.warn('subscriber.replaced', { reason });
    });
    // Registering before the channels are open would have publishes find nobody.
    inbox.on('listening', (shards) => {
      if (link.isAvailable) this.recover(shards); // else when it is
    });
    const failed = (error: unknown) => failures.note(error);
    const told = { sessions, registrations, delivery, offers, forwards, drainAsked, failed };
    inbox.on('unreadable', (notices) => {
      metrics.add('notices_unreadable', notices);
      failures.note(new Error('a notice from Redis could not be read'));
    });
    inbox.on('notices', (notices) => handleNotices(told, notices));
    metrics.gauge('connections', () => hub.connections.size);
    metrics.gauge('redis_available', () => (link.isAvailable ? 1 : 0));
    metrics.gauge('probe_age_seconds', () => inbox.probeAgeMs / 1000);
  }

  private recover(shards: ReadonlySet<number>): void {
    const { registrations, sessions } = this.parts;
    const held = Array.from(sessions.connections).filter(({ shard }) => shards.has(shard)); // each is named anew
    for (const connection of held) registrations.recover(connection);
  }

  private startIntervals(): void {
    const { checks, implicitAcks, offers, bandwidth, liveness, hub, flusher, nodeStats, link } = this.parts;
    const writeEvery = (intervalMs: number, write: () => Promise<void>) =>
      this.intervals.every(intervalMs, this.writeHealth.watched(write));
    this.intervals.every(lookIntervalMs, () => liveness.look());
    this.intervals.every(capacityIntervalMs, () => this.capacity.check());
    this.intervals.every(checkIntervalMs, () => checks.checkAll());
    this.intervals.every(secondMs, () => hub.closeUnregistered());
    this.intervals.every(secondMs, () => offers.dropLate());
    this.intervals.every(secondMs, () => implicitAcks.acknowledgeDue(performance.now()));
    writeEvery(secondMs, () => bandwidth.flush());
    writeEvery(secondMs, () => flusher.flush());
    this.intervals.every(secondMs, () => nodeStats.measureRoundTrip());
    writeEvery(beatIntervalMs, () => this.beat());
    // What a node writes for itself is taken above maxmemory, too: that messages are not is seen by this alone.
    writeEvery(beatIntervalMs, () => probeWrites(link));
    void this.beat().catch(() => undefined); // the next one is soon
  }

  private async beat(): Promise<void> {
    const { directory, hub, nodeStats } = this.parts;
    const beaten = directory.beat(this.options.node, {
      startedAtMs: this.startedAtMs,
      connections: hub.connections.size,
      draining: this.state === 'draining' ? 'yes' : 'no',
      port: this.port,
      ...nodeStats.take(),
    });
    await Promise.all([beaten, this.agree()]);
  }

  /** Redis may have come back empty, or been emptied: a node that is set up otherwise must not be the first then. */
  private agree(): Promise<void> {
    return agreeOnShards(this.parts.link, this.options.settings.shards);
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
   * then no more of them; then those that are open are sent away little by little; then the books are closed. However
   * often it is asked for, by whomever, it happens once.
   */
  drain(): Promise<void> {
    this.leaving ??= this.leave();
    return this.leaving;
  }

  private async leave(): Promise<void> {
    const { settings, log, random } = this.options;
    const { hub, router, forwards, answers, handover, acknowledgements, registrations, metrics } = this.parts;
    this.state = 'draining';
    log.info('edge.draining');
    metrics.count('drains');
    void this.beat().catch(() => undefined); // the next one is soon
    await pause(settings.drainLeadSeconds * secondMs);
    this.transport.stopListening();
    const spread = await closeSpread(hub.connections, settings.drainSeconds * secondMs, random);
    // A socket that was open before may have become a connection meanwhile.
    const connectionsClosed = spread + (await closeSpread(hub.connections, 0, random));
    const unsettled = [router, forwards, answers, handover, acknowledgements, registrations];
    await settled(() => unsettled.every(({ isIdle }) => isIdle), settleBoundMs);
    this.intervals.stop();
    await this.flushAndLeave();
    this.stop();
    log.info('edge.stopped', { connectionsClosed });
  }

  /** Redis may be away: what it cannot be told now ends with its own lifetime, or is not counted. */
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
    this.parts.nodeStats.stop();
    this.parts.inbox.stop();
    this.parts.link.close();
  }
}
