import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, watchRedis } from '@openrelay/service';
import { createJobConnection, type JobConnection, MetricsWriter, RedisLink, redisHealth } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { JanitorMetrics } from './jobs/janitor-metrics';
import { JobRunner } from './scheduling/job-runner';
import { JobSchedules } from './scheduling/job-schedules';
import { OverdueWatch } from './scheduling/overdue-watch';
import { QueueErrors } from './scheduling/queue-errors';

/** How long the first connection to Redis may take. */
const startBoundMs = 5000;
/** Jobs ask in small pages: a Redis that takes longer than this does not answer. */
const commandTimeoutMs = 3000;
/** How long the jobs that run may take to end where they are. */
const stopBoundMs = 5000;

/** @property now Unix ms: decides which hours, days and months are over; Redis's clock when absent */
export type JanitorOptions = {
  redisUrl: string;
  node: string;
  log: Log;
  aofRewriteSeconds: number;
  now?: () => number;
};

/**
 * Runs the jobs of `jobs/schedule.ts`. Any number of janitors may run beside it, or none: the relay is right without them. They
 * give memory back, add up and audit.
 */
export class Janitor {
  private readonly link: RedisLink;
  private readonly metrics: JanitorMetrics;
  private readonly runner: JobRunner;
  private readonly stopping = new AbortController();
  private connection: JobConnection | undefined;
  private schedules: JobSchedules | undefined;
  private watch: OverdueWatch | undefined;

  constructor(private readonly options: JanitorOptions) {
    const { redisUrl, node, log, aofRewriteSeconds, now = () => this.link.clock.now() } = options;
    this.link = new RedisLink({ url: redisUrl, commandTimeoutMs, monotonicMs: () => performance.now() });
    this.metrics = new JanitorMetrics(new MetricsWriter(this.link, node));
    const { link, metrics } = this;
    this.runner = new JobRunner({ link, metrics, node, log, now, aofRewriteSeconds, stopping: this.stopping.signal });
  }

  /** @throws Error in one sentence: Redis is not reachable */
  async start(): Promise<void> {
    const { log, redisUrl } = this.options;
    const { link, metrics } = this;
    log.info('janitor.starting', { version: process.version });
    await connectRedis(link, startBoundMs);
    watchRedis(link, log);
    log.onDropped((lines) => void metrics.add('log_lines_dropped', lines).catch(() => undefined)); // the log cannot tell it
    await this.warnOfEviction();
    this.connection = createJobConnection(redisUrl);
    const schedules = this.createSchedules(this.connection);
    this.watch = new OverdueWatch({ link, log, runner: this.runner, schedules, monotonicMs: () => performance.now() });
    await schedules.scheduleAll();
    // Redis may have come back with older data, or none.
    link.on('available', () => void schedules.scheduleAll()); // never rejects
    schedules.work();
    this.watch.start();
    log.info('janitor.ready');
  }

  private createSchedules(connection: JobConnection): JobSchedules {
    const { link, runner } = this;
    const { log } = this.options;
    const errors = new QueueErrors(link, log);
    connection.on('error', (error) => errors.note(error));
    this.schedules = new JobSchedules({
      link,
      log,
      connection,
      run: async (job) => void (await runner.run(job)),
      onCompleted: (job) => {
        errors.jobCompleted();
        this.watch?.ranInTurn(job);
      },
      onError: (error) => errors.note(error),
    });
    return this.schedules;
  }

  /** Of a Cluster one master may be away: the others are warned of. */
  private async warnOfEviction(): Promise<void> {
    const masters = await redisHealth(this.link).catch(() => undefined);
    const policies = new Set(masters?.map(({ policy }) => policy));
    policies.delete('noeviction');
    for (const policy of policies) this.options.log.warn('redis.evicts', { policy });
  }

  /** Jobs end where they are; another janitor, or the next turn, goes on from there. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort(new Error('The janitor stops.'));
    this.watch?.stop();
    await Promise.race([this.schedules?.stop(), pause(stopBoundMs)]);
    this.connection?.disconnect();
    this.link.close();
    this.options.log.info('janitor.stopped');
  }
}
