import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, watchRedis } from '@openrelay/service';
import {
  agreedShards,
  createJobConnection,
  isConnectionLost,
  type JobConnection,
  type JobRecord,
  JobRecords,
  MetricsStore,
  NodeDirectory,
  RedisAway,
  RedisLink,
  redisHealth,
} from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { JobQueue } from './job-queue';
import { jobs } from './jobs';
import { Meter } from './meter';
import { type JobName, jobNames, schedule } from './schedule';

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
  private readonly records: JobRecords;
  private readonly meter: Meter;
  private readonly stopping = new AbortController();
  private connection: JobConnection | undefined;
  private readonly queues = new Map<JobName, JobQueue>();
  private lastError = '';

  constructor(private readonly options: JanitorOptions) {
    const { redisUrl, node } = options;
    this.link = new RedisLink({ url: redisUrl, commandTimeoutMs, monotonicMs: () => performance.now() });
    this.records = new JobRecords(this.link);
    this.meter = new Meter(new MetricsStore(this.link, node));
  }

  /** @throws Error in one sentence: Redis is not reachable */
  async start(): Promise<void> {
    const { log, redisUrl } = this.options;
    log.info('janitor.starting', { version: process.version });
    await connectRedis(this.link, startBoundMs);
    watchRedis(this.link, log);
    log.onDropped((lines) => void this.meter.add('log_lines_dropped', lines).catch(() => undefined)); // the log is no place to tell it
    // It may have come back with older data, or none.
    this.link.on('back', () => void this.scheduleJobs().catch((error: Error) => this.takeError(error)));
    await this.warnOfEviction();
    this.connection = createJobConnection(redisUrl);
    this.connection.on('error', (error) => this.takeError(error));
    await this.startJobs(this.connection);
    log.info('janitor.ready');
  }

  private async warnOfEviction(): Promise<void> {
    const policies = new Set((await redisHealth(this.link))?.map(({ policy }) => policy));
    policies.delete('noeviction');
    for (const policy of policies) this.options.log.warn('redis.evicts', { policy });
  }

  private async startJobs(connection: JobConnection): Promise<void> {
    const onError = (error: Error) => this.takeError(error);
    for (const job of jobNames) {
      this.queues.set(job, new JobQueue({ job, connection, run: () => this.run(job), onError }));
    }
    await this.scheduleJobs();
    for (const queue of this.queues.values()) queue.work();
  }

  /** What fell due while no janitor ran, or Redis was away, does not wait for its next turn. */
  private async scheduleJobs(): Promise<void> {
    const known = new Map((await this.records.list()).map((record) => [record.job, record]));
    for (const [job, queue] of this.queues) {
      const { everySeconds, why } = schedule[job];
      await this.records.announce({ job, everySeconds, why });
      await queue.schedule(this.isLate(known.get(job), everySeconds) ? 'now' : 'when its turn comes');
    }
  }

  private isLate(record: JobRecord | undefined, everySeconds: number): boolean {
    return this.link.clock.now() - (record?.lastSucceededAtMs ?? 0) > everySeconds * 1000;
  }

  private async run(job: JobName): Promise<void> {
    const { link, records, meter, options, stopping } = this;
    const { log, now = () => link.clock.now() } = options;
    const monotonicMs = () => performance.now();
    const startedMs = monotonicMs();
    try {
      await records.started(job, Math.floor(link.clock.now()));
      const shards = await this.countShards();
      const result = await jobs[job]({ link, log, meter, shards, now, monotonicMs, signal: stopping.signal });
      await records.succeeded(job, Math.floor(link.clock.now()), Math.round(monotonicMs() - startedMs), result);
      this.lastError = '';
    } catch (error) {
      if (!stopping.signal.aborted) await this.noteFailure(job, error);
      throw error;
    }
  }

  /** None before the first node. @throws Error when nodes work in shards that nobody else knows of */
  private async countShards(): Promise<number> {
    const shards = await agreedShards(this.link);
    if (shards !== undefined) return shards;
    const nodes = await new NodeDirectory(this.link).list();
    if (!nodes.some(({ report }) => report)) return 0;
    throw new Error('Nodes are alive, and no number of shards is agreed on (or:deployment): was this Redis emptied?');
  }

  private async noteFailure(job: JobName, error: unknown): Promise<void> {
    if (!(error instanceof RedisAway)) this.options.log.error('job.failed', { job, error: String(error) });
    await this.records.failed(job, String(error)).catch(() => undefined); // Redis is away, which is told once
  }

  /** Redis being away is told once, when it goes; any other trouble once until a job succeeds. */
  private takeError(error: Error): void {
    const text = String(error);
    if (!this.link.isAvailable || isConnectionLost(error) || text === this.lastError) return;
    this.lastError = text;
    this.options.log.error('process.unexpected', { error: text });
  }

  /** Jobs end where they are; another janitor, or the next turn, goes on from there. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort(new Error('The janitor leaves.'));
    await Promise.race([
      Promise.allSettled(Array.from(this.queues.values(), (queue) => queue.stop())),
      pause(stopBoundMs),
    ]);
    this.connection?.disconnect();
    this.link.close();
    this.options.log.info('janitor.stopped');
  }
}
