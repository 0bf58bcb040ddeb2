import {
  agreedShards,
  JobLock,
  JobRecords,
  lockRenewalMs,
  NodeDirectory,
  type RedisLink,
  RedisUnavailable,
} from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import type { JanitorMetrics } from '../jobs/janitor-metrics';
import { type JobName, schedule } from '../jobs/schedule';

/** The next run goes on with what is not done by then. */
const longestRunMs = 10 * 60_000;

/** @property now Unix ms: decides which hours, days and months are over */
export type RunnerOptions = {
  link: RedisLink;
  metrics: JanitorMetrics;
  node: string;
  log: Log;
  now: () => number;
  aofRewriteSeconds: number;
  stopping: AbortSignal;
};

/** Runs jobs, one run of each at a time in all janitors, and records what became of them. */
export class JobRunner {
  private readonly lock: JobLock;
  private readonly records: JobRecords;
  private shards: number | undefined;
  private runs = 0;
  /** The last error of each job that failed: it is logged once until the job succeeds. */
  private readonly lastErrors = new Map<JobName, string>();

  constructor(private readonly options: RunnerOptions) {
    const { link } = options;
    this.lock = new JobLock(link);
    this.records = new JobRecords(link);
  }

  /** @throws whatever the job failed with, after it is logged and recorded */
  async run(job: JobName): Promise<'ran' | 'left to another'> {
    this.runs += 1;
    const run = `${this.options.node}.${this.runs}`;
    if ((await this.lockOrGoOn(job, run)) === 'held by another') return 'left to another';
    // Without its lock the job may run beside itself, as `Job` says.
    const renewal = setInterval(() => void this.lockOrGoOn(job, run).catch(() => undefined), lockRenewalMs);
    try {
      await this.work(job);
      return 'ran';
    } finally {
      clearInterval(renewal);
      await this.lock.release(job, run).catch(() => undefined); // its lifetime ends it
    }
  }

  /** Of a Cluster the master that has the lock may be away: the job runs all the same, perhaps beside itself. */
  private async lockOrGoOn(job: JobName, run: string): Promise<'acquired' | 'held by another'> {
    return ignoreUnavailable(this.lock.acquire(job, run), 'acquired');
  }

  private async work(job: JobName): Promise<void> {
    const { records } = this;
    const { link, metrics, log, now, aofRewriteSeconds, stopping } = this.options;
    const monotonicMs = () => performance.now();
    const startedMs = monotonicMs();
    try {
      await ignoreUnavailable(records.started(job, Math.floor(link.clock.now())), undefined);
      const shards = await this.countShards();
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(longestRunMs)]);
      const result = await schedule[job].run({
        link,
        log,
        metrics,
        shards,
        now,
        aofRewriteSeconds,
        monotonicMs,
        signal,
      });
      const tookMs = Math.round(monotonicMs() - startedMs);
      await ignoreUnavailable(records.succeeded(job, Math.floor(link.clock.now()), tookMs, result), undefined);
      this.lastErrors.delete(job);
    } catch (error) {
      if (!stopping.aborted) await this.recordFailure(job, String(error));
      throw error;
    }
  }

  /** 0 before the first node. @throws Error when nodes are alive, and Redis does not have the number they agreed on */
  private async countShards(): Promise<number> {
    const { link } = this.options;
    const shards = await agreedShards(link).catch((error: unknown) => {
      // The master of a Cluster that has it may be away. The number never changes, so the last one holds.
      if (this.shards !== undefined && error instanceof RedisUnavailable) return this.shards;
      throw error;
    });
    this.shards = shards;
    if (shards !== undefined) return shards;
    const nodes = await new NodeDirectory(link).list();
    if (!nodes.some(({ report }) => report)) return 0;
    throw new Error('Nodes are alive, and no number of shards is agreed on (or:deployment): was this Redis emptied?');
  }

  /** The link logs, once, that Redis is away. */
  private async recordFailure(job: JobName, error: string): Promise<void> {
    if (this.options.link.isAvailable && this.lastErrors.get(job) !== error) {
      this.lastErrors.set(job, error);
      this.options.log.error('job.failed', { job, error });
    }
    await this.records.failed(job, error).catch(() => undefined); // Redis is away: nothing can record it
  }
}

/** Without the keys of the whole deployment, work on the shards that answer goes on. */
async function ignoreUnavailable<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RedisUnavailable) return otherwise;
    throw error;
  }
}
