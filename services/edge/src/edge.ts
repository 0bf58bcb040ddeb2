import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '@openrelay/config';
import { agreeOnShards, NodeDirectory, type Notice, RedisAway } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { closeSpread, settled } from './drain';
import { createParts, type EdgeParts } from './edge-parts';
import { Housekeeping } from './housekeeping';
import { createPages } from './pages';
import type { Transport } from './transport';
import { createUwsTransport } from './transport-uws';

/** How long the first connection to Redis may take. */
const startBoundMs = 5000;
/** Two checks in a row find a lost wake-up, so within 5 s. */
const checkIntervalMs = 2500;
const secondMs = 1000;
const beatIntervalMs = 5000;
/** How long the last messages, acks and departures may take when a node leaves. */
const settleBoundMs = 1500;

/** What a connection may have waiting besides frames of the largest size. */
const baseBufferBytes = 1024 * 1024;

export type EdgeOptions = { settings: Settings; node: string; log: Log; random: () => number };

/** One edge: sockets on the one side, Redis on the other, nothing worth keeping in between. */
export class Edge {
  private readonly parts: EdgeParts;
  private readonly directory: NodeDirectory;
  private readonly transport: Transport;
  private readonly housekeeping: Housekeeping;
  private readonly startedAtMs = Date.now();
  private awaySinceMs = 0;
  private state: 'starting' | 'running' | 'draining' | 'stopped' = 'starting';

  constructor(private readonly options: EdgeOptions) {
    const { settings, node, log } = options;
    const onError = (error: unknown) => {
      // Redis being away is told once, when it goes.
      if (!(error instanceof RedisAway)) log.error('process.unexpected', { error: String(error) });
    };
    const { maxFrameBytes, idleTimeoutSeconds, sharePort } = settings;
    // A few frames of any size are more than a device that reads has ever waiting.
    const mostPendingBytes = 4 * (baseBufferBytes + maxFrameBytes);
    this.parts = createParts(settings, node, mostPendingBytes, () => performance.now());
    this.directory = new NodeDirectory(this.parts.link, node);
    this.housekeeping = new Housekeeping(onError);
    const { metrics, bandwidth } = this.parts;
    this.transport = createUwsTransport(
      { maxFrameBytes, idleTimeoutSeconds, maxBufferedBytes: 2 * mostPendingBytes, sharePort },
      this.parts.door,
      createPages({ metrics, bandwidth, unready: () => this.unready() }),
      onError,
    );
  }

  /** @throws Error in one sentence: Redis not reachable, settings that do not fit the deployment, the port taken */
  async start(): Promise<void> {
    const { settings, log } = this.options;
    log.info('edge.starting', { version: process.version, transport: this.transport.name });
    await this.connectRedis();
    await agreeOnShards(this.parts.link, settings.shards);
    await this.listenToRedis();
    this.watch();
    const port = await this.transport.listen(settings.bindAddress, settings.port);
    if (this.state === 'starting') this.state = 'running'; // it may have been told to leave meanwhile
    log.info('edge.listening', { port, address: settings.bindAddress, transport: this.transport.name });
    this.keepHouse();
  }

  private async connectRedis(): Promise<void> {
    try {
      await this.parts.link.connect(startBoundMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Redis does not answer (${reason}): check REDIS_URL, and that Redis is running.`);
    }
  }

  private async listenToRedis(): Promise<void> {
    const { inbox } = this.parts;
    inbox.start();
    await settled(() => inbox.isComplete, startBoundMs);
    if (inbox.isComplete) return;
    throw new Error('Redis takes no sharded subscriptions (SSUBSCRIBE): OpenRelay needs Redis 7.0 or later.');
  }

  /** From here on Redis may come and go. */
  private watch(): void {
    const { link, inbox, registrations, metrics, door } = this.parts;
    const { log } = this.options;
    link.on('away', (reason) => {
      this.awaySinceMs = performance.now();
      log.warn('redis.away', { reason });
    });
    link.on('back', () => {
      log.info('redis.back', { awayMs: Math.round(performance.now() - this.awaySinceMs) });
      if (inbox.isListening) registrations.recoverAll();
    });
    inbox.on('replaced', (reason) => {
      metrics.count('subscriber_replacements');
      log.warn('subscriber.replaced', { reason });
    });
    // Registering before the channels are open would have publishes find nobody.
    inbox.on('listening', () => registrations.recoverAll());
    inbox.on('notices', (notices) => {
      for (const notice of notices) this.hear(notice);
    });
    metrics.gauge('connections', () => door.connections.size);
    metrics.gauge('redis_available', () => (link.isAvailable ? 1 : 0));
    metrics.gauge('probe_age_seconds', () => inbox.probeAgeMs / 1000);
  }

  private hear(notice: Notice): void {
    const { registrations, delivery, routing } = this.parts;
    const holder = registrations.find(notice.session);
    if (!holder) return;
    switch (notice.kind) {
      case 'message':
      case 'wake':
        delivery.notice(holder, notice);
        return;
      case 'ephemeral':
        routing.handLive(notice.session, notice.envelope);
        return;
      case 'replaced':
        registrations.replaceSession(notice.session);
    }
  }

  private keepHouse(): void {
    const { checks, delivery, bandwidth, door } = this.parts;
    this.housekeeping.every(checkIntervalMs, () => checks.checkAll());
    this.housekeeping.every(secondMs, () => door.closeIdlers());
    this.housekeeping.every(secondMs, () => delivery.receiveSilently(performance.now()));
    this.housekeeping.every(secondMs, () => bandwidth.flush());
    this.housekeeping.every(beatIntervalMs, () => this.beat());
    void this.beat().catch(() => undefined); // the next one is soon
  }

  private async beat(): Promise<void> {
    await this.directory.beat({
      startedAtMs: this.startedAtMs,
      connections: this.parts.door.connections.size,
      draining: this.state === 'draining' ? 'yes' : 'no',
    });
  }

  private unready(): string | undefined {
    if (this.state !== 'running') return `the node is ${this.state}`;
    if (!this.parts.link.isAvailable) return `Redis is away (${this.parts.link.reason})`;
    if (!this.parts.inbox.isListening || this.parts.inbox.isDeaf) return 'the subscription to Redis is being renewed';
    return undefined;
  }

  /**
   * Leaves without losing anything: unready first, while new connections are still taken until the load balancer knows;
   * then no more of them; then those that are open are sent away little by little; then the books are closed.
   */
  async drain(): Promise<void> {
    if (this.state === 'draining' || this.state === 'stopped') return;
    const { settings, log, random } = this.options;
    const { door, routing, delivery, registrations, bandwidth, link } = this.parts;
    this.state = 'draining';
    log.info('edge.draining');
    await pause(settings.drainLeadSeconds * secondMs);
    this.transport.stopListening();
    const connectionsClosed = await closeSpread(door.connections, settings.drainSeconds * secondMs, random);
    await settled(() => routing.isIdle && delivery.isIdle && registrations.isIdle, settleBoundMs);
    this.housekeeping.stop();
    // Redis may be away: what it cannot be told now ends with its own lifetime.
    if (link.isAvailable) await Promise.allSettled([bandwidth.flush(), this.directory.leave()]);
    this.stop();
    log.info('edge.stopped', { connectionsClosed });
  }

  /** Lets go of everything at once. */
  stop(): void {
    this.state = 'stopped';
    this.transport.stopListening();
    this.housekeeping.stop();
    this.parts.inbox.stop();
    this.parts.link.close();
  }
}
