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
import { jobs } from './jobs';
import type { Meter } from './meter';
import type { JobName } from './schedule';

/** What is not done by then is left to the next run. */
const longestRunMs = 10 * 60_000;

/** @property now Unix ms: decides which hours, days and months are over */
export type RunnerOptions = {
  link: RedisLink;
  meter: Meter;
  node: string;
  log: Log;
  now: () => number;
  stopping: AbortSignal;
};

/** Runs jobs, one run of each at a time in all janitors, and notes what became of them. */
export class JobRunner {
  private readonly lock: JobLock;
  private readonly records: JobRecords;
  private shards: number | undefined;
  private runs = 0;
  /** What failed last, by job, so that it is told once until the job succeeds. */
  private readonly failures = new Map<JobName, string>();

  constructor(private readonly options: RunnerOptions) {
    const { link } = options;
    this.lock = new JobLock(link);
    this.records = new JobRecords(link);
  }

  /** @throws whatever the job failed with, after it is told and noted */
  async run(job: JobName): Promise<'ran' | 'left to another'> {
    this.runs += 1;
    const run = `${this.options.node}.${this.runs}`;
    if ((await this.take(job, run)) === 'held by another') return 'left to another';
    const renewal = setInterval(() => void this.take(job, run).catch(() => undefined), lockRenewalMs); // or it ends: see `Job`
    try {
      await this.work(job);
      return 'ran';
    } finally {
      clearInterval(renewal);
      await this.lock.release(job, run).catch(() => undefined); // it ends by itself
    }
  }

  /** Of a Cluster the master that has the lock may be away: the job runs all the same, perhaps beside itself. */
  private async take(job: JobName, run: string): Promise<'taken' | 'held by another'> {
    return ignoreAway(this.lock.take(job, run), 'taken');
  }

  private async work(job: JobName): Promise<void> {
    const { records } = this;
    const { link, meter, log, now, stopping } = this.options;
    const monotonicMs = () => performance.now();
    const startedMs = monotonicMs();
    try {
      await ignoreAway(records.started(job, Math.floor(link.clock.now())), undefined);
      const shards = await this.countShards();
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(longestRunMs)]);
      const result = await jobs[job]({ link, log, meter, shards, now, monotonicMs, signal });
      const tookMs = Math.round(monotonicMs() - startedMs);
      await ignoreAway(records.succeeded(job, Math.floor(link.clock.now()), tookMs, result), undefined);
      this.failures.delete(job);
    } catch (error) {
      if (!stopping.aborted) await this.noteFailure(job, String(error));
      throw error;
    }
  }

  /** None before the first node. @throws Error when nodes work in shards that nobody else knows of */
  private async countShards(): Promise<number> {
    const { link } = this.options;
    const shards = await agreedShards(link).catch((error: unknown) => {
      // Of a Cluster the master that tells it may be away: the number never changes.
      if (this.shards !== undefined && error instanceof RedisUnavailable) return this.shards;
      throw error;
    });
    this.shards = shards;
    if (shards !== undefined) return shards;
    const nodes = await new NodeDirectory(link).list();
    if (!nodes.some(({ report }) => report)) return 0;
    throw new Error('Nodes are alive, and no number of shards is agreed on (or:deployment): was this Redis emptied?');
  }

  /** That Redis is away is told by the link, once. */
  private async noteFailure(job: JobName, error: string): Promise<void> {
    if (this.options.link.isAvailable && this.failures.get(job) !== error) {
      this.failures.set(job, error);
      this.options.log.error('job.failed', { job, error });
    }
    await this.records.failed(job, error).catch(() => undefined); // nobody to note it
  }
}

/** What the keys of the whole deployment would have told does not hold up work on shards that are there. */
async function ignoreAway<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RedisUnavailable) return otherwise;
    throw error;
  }
}
