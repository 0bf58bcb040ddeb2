import { type JobRecord, JobRecords, type RedisLink } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { type JobName, jobNames, schedule } from '../jobs/schedule';
import { isOverdue } from './is-overdue';
import type { JobRunner } from './job-runner';
import type { JobSchedules } from './job-schedules';

const checkIntervalMs = 2000;

type WatchOptions = {
  link: RedisLink;
  log: Log;
  runner: Pick<JobRunner, 'run'>;
  schedules: Pick<JobSchedules, 'schedule'>;
  monotonicMs: () => number;
};

/**
 * Runs the jobs that BullMQ does not run in time, and schedules them again. BullMQ needs memory, its own keys and a right wall
 * clock. Cleaning up must not need them: it is what gives memory back to a full Redis.
 */
export class OverdueWatch {
  private readonly records: JobRecords;
  private readonly triedAtMs = new Map<JobName, number>();
  private readonly busy = new Set<JobName>();
  /** Jobs that were logged as overdue: once until BullMQ runs them again. */
  private readonly logged = new Set<JobName>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WatchOptions) {
    this.records = new JobRecords(options.link);
  }

  start(): void {
    for (const job of jobNames) this.triedAtMs.set(job, this.options.monotonicMs());
    this.timer = setInterval(() => void this.check(), checkIntervalMs); // never rejects
  }

  /** BullMQ ran the job, to its end. */
  ranInTurn(job: JobName): void {
    this.triedAtMs.set(job, this.options.monotonicMs());
    this.logged.delete(job);
  }

  private async check(): Promise<void> {
    if (!this.options.link.isAvailable) return;
    const records = await this.records.list().catch(() => 'unreadable' as const); // a Cluster may lack that master
    for (const job of jobNames) {
      if (this.busy.has(job) || !this.isOverdue(job, records)) continue;
      this.busy.add(job);
      void this.runOverdue(job).finally(() => this.busy.delete(job)); // never rejects
    }
  }

  private isOverdue(job: JobName, records: JobRecord[] | 'unreadable'): boolean {
    const { link, monotonicMs } = this.options;
    return isOverdue({
      record: records === 'unreadable' ? records : (records.find((record) => record.job === job) ?? 'forgotten'),
      everySeconds: schedule[job].everySeconds,
      nowMs: link.clock.now(),
      sinceTriedMs: monotonicMs() - (this.triedAtMs.get(job) ?? 0),
    });
  }

  private async runOverdue(job: JobName): Promise<void> {
    const { runner, schedules, log, monotonicMs } = this.options;
    this.triedAtMs.set(job, monotonicMs());
    const [outcome] = await Promise.allSettled([runner.run(job), schedules.schedule(job, 'when its turn comes')]);
    if (outcome.status === 'rejected' || outcome.value === 'left to another' || this.logged.has(job)) return;
    this.logged.add(job);
    log.warn('job.overdue', { job });
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
