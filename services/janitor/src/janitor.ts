import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, watchRedis } from '@openrelay/service';
import {
  createJobConnection,
  isConnectionLost,
  type JobConnection,
  MetricsWriter,
  probeWrites,
  RedisLink,
  redisHealth,
  refusedWrite,
} from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { JobRunner } from './job-runner';
import { JobSchedules } from './job-schedules';
import { JobWatch } from './job-watch';
import { Meter } from './meter';
import type { JobName } from './schedule';

/** How long the first connection to Redis may take. */
const startBoundMs = 5000;
/** Jobs ask in small pages: what takes longer than this is a Redis that does not answer. */
const commandTimeoutMs = 3000;
/** How long the jobs that run may take to end where they are. */
const stopBoundMs = 5000;

/** @property now Unix ms: decides which hours, days and months are over; Redis's clock when absent */
export type JanitorOptions = { redisUrl: string; node: string; log: Log; now?: () => number };

/** Runs the jobs of `schedule.ts`, as one of any number. The relay is right without them: they give back, add up and watch. */
export class Janitor {
  private readonly link: RedisLink;
  private readonly meter: Meter;
  private readonly runner: JobRunner;
  private readonly stopping = new AbortController();
  private connection: JobConnection | undefined;
  private schedules: JobSchedules | undefined;
  private watch: JobWatch | undefined;
  private lastTrouble = '';
  private refusedSinceMs: number | undefined;

  constructor(private readonly options: JanitorOptions) {
    const { redisUrl, node, log, now = () => this.link.clock.now() } = options;
    this.link = new RedisLink({ url: redisUrl, commandTimeoutMs, monotonicMs: () => performance.now() });
    this.meter = new Meter(new MetricsWriter(this.link, node));
    const { link, meter } = this;
    this.runner = new JobRunner({ link, meter, node, log, now, stopping: this.stopping.signal });
  }

  /** @throws Error in one sentence: Redis is not reachable */
  async start(): Promise<void> {
    const { log, redisUrl } = this.options;
    const { link, meter, runner } = this;
    log.info('janitor.starting', { version: process.version });
    await connectRedis(link, startBoundMs);
    watchRedis(link, log);
    log.onDropped((lines) => void meter.add('log_lines_dropped', lines).catch(() => undefined)); // the log is no place to tell it
    await this.warnOfEviction();
    const connection = createJobConnection(redisUrl);
    const onError = (error: Error) => this.takeError(error);
    connection.on('error', onError);
    const schedules = new JobSchedules({
      link,
      log,
      connection,
      run: async (job) => void (await runner.run(job)),
      onCompleted: (job) => this.completed(job),
      onError,
    });
    this.connection = connection;
    this.schedules = schedules;
    this.watch = new JobWatch({ link, log, runner, schedules, monotonicMs: () => performance.now() });
    await schedules.putUpAll();
    // It may have come back with older data, or none.
    link.on('back', () => void schedules.putUpAll()); // never rejects
    schedules.work();
    this.watch.start();
    log.info('janitor.ready');
  }

  /** Of a Cluster one master may be away: the others are warned of. */
  private async warnOfEviction(): Promise<void> {
    const masters = await redisHealth(this.link).catch(() => undefined);
    const policies = new Set(masters?.map(({ policy }) => policy));
    policies.delete('noeviction');
    for (const policy of policies) this.options.log.warn('redis.evicts', { policy });
  }

  private completed(job: JobName): void {
    this.lastTrouble = '';
    this.watch?.ranInTurn(job);
    if (this.refusedSinceMs !== undefined) void this.askForWrites(this.refusedSinceMs); // never rejects
  }

  /** Some scripts of BullMQ pass even without memory. */
  private async askForWrites(refusedSinceMs: number): Promise<void> {
    try {
      await probeWrites(this.link);
    } catch {
      return; // it goes on
    }
    if (this.refusedSinceMs !== refusedSinceMs) return; // told
    this.refusedSinceMs = undefined;
    this.options.log.info('redis.accepts', { refusedMs: Math.round(performance.now() - refusedSinceMs) });
  }

  /** Redis being away is told once, when it goes, and its refusing once; any other trouble of BullMQ once until it runs a job. */
  private takeError(error: Error): void {
    if (!this.link.isAvailable || isConnectionLost(error)) return;
    const refusal = refusedWrite(error);
    if (this.refusedSinceMs !== undefined) return; // a job whose end was refused has lost its lock, and such
    if (refusal === undefined) {
      this.tellTrouble(String(error));
      return;
    }
    this.refusedSinceMs = performance.now();
    this.options.log.warn('redis.refuses', { reason: refusal });
  }

  private tellTrouble(trouble: string): void {
    if (trouble === this.lastTrouble) return;
    this.lastTrouble = trouble;
    this.options.log.error('process.unexpected', { error: trouble });
  }

  /** Jobs end where they are; another janitor, or the next turn, goes on from there. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort(new Error('The janitor leaves.'));
    this.watch?.stop();
    await Promise.race([this.schedules?.stop(), pause(stopBoundMs)]);
    this.connection?.disconnect();
    this.link.close();
    this.options.log.info('janitor.stopped');
  }
}
