import type { RedisLink } from '../link/redis-link';
import { jobsKey } from '../scripts/keys';

/** What is known of one of the janitor's jobs. Times are Unix ms by Redis's clock. */
export type JobRecord = {
  job: string;
  everySeconds: number;
  /** What the job is for, in a sentence. */
  why: string;
  lastStartedAtMs?: number;
  lastSucceededAtMs?: number;
  lastTookMs?: number;
  /** The counts of the last run that succeeded. */
  lastResult?: Record<string, number>;
  /** Absent when the last run succeeded. */
  lastError?: string;
  /** All runs that ended, failed ones too. */
  runs: number;
  failures: number;
};

type Plan = Pick<JobRecord, 'job' | 'everySeconds' | 'why'>;

/** What the janitors' jobs last did, whichever janitor ran them. */
export class JobRecords {
  constructor(private readonly link: RedisLink) {}

  /** Makes a job known before its first run, or changes its plan. @throws RedisUnavailable | ReplyError */
  async announce({ job, everySeconds, why }: Plan): Promise<void> {
    await this.write(job, { everySeconds, why });
  }

  async started(job: string, lastStartedAtMs: number): Promise<void> {
    await this.write(job, { lastStartedAtMs });
  }

  async succeeded(job: string, atMs: number, tookMs: number, result: Record<string, number>): Promise<void> {
    const changes = { lastSucceededAtMs: atMs, lastTookMs: tookMs, lastResult: result, lastError: null };
    await this.write(job, changes, { runs: 1, failures: 0 });
  }

  async failed(job: string, error: string): Promise<void> {
    await this.write(job, { lastError: error }, { runs: 1, failures: 1 });
  }

  private async write(job: string, changes: object, { runs, failures } = { runs: 0, failures: 0 }): Promise<void> {
    await this.link.run('job_record', { recordsKey: jobsKey, job, changes: JSON.stringify(changes), runs, failures });
  }

  /** Takes out a job that does not exist any more. @throws RedisUnavailable */
  async forget(job: string): Promise<void> {
    await this.link.command(jobsKey, (redis) => redis.hdel(jobsKey, job));
  }

  /** All announced jobs, by name. @throws RedisUnavailable */
  async list(): Promise<JobRecord[]> {
    const texts = await this.link.command(jobsKey, (redis) => redis.hvals(jobsKey));
    const records = texts.map((text) => JSON.parse(text) as JobRecord);
    return records.sort((a, b) => (a.job < b.job ? -1 : 1));
  }
}
