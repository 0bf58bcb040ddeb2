import { type JobRecord, JobRecords, type RedisLink } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import type { JobRunner } from './job-runner';
import type { JobSchedules } from './job-schedules';
import { isOverdue } from './overdue';
import { type JobName, jobNames, schedule } from './schedule';

const lookIntervalMs = 2000;

type WatchOptions = {
  link: RedisLink;
  log: Log;
  runner: Pick<JobRunner, 'run'>;
  schedules: Pick<JobSchedules, 'putUp'>;
  /** A clock that only goes forward, in ms. */
  monotonicMs: () => number;
};

/**
 * Runs what BullMQ does not run in time, and puts it on the schedule again. BullMQ needs memory, its own keys and a wall
 * clock that is right; cleaning up must not: with a full Redis it is what gives memory back.
 */
export class JobWatch {
  private readonly records: JobRecords;
  private readonly triedAtMs = new Map<JobName, number>();
  private readonly busy = new Set<JobName>();
  /** Told once until BullMQ runs it again. */
  private readonly told = new Set<JobName>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WatchOptions) {
    this.records = new JobRecords(options.link);
  }

  start(): void {
    for (const job of jobNames) this.triedAtMs.set(job, this.options.monotonicMs());
    this.timer = setInterval(() => void this.look(), lookIntervalMs); // never rejects
  }

  /** BullMQ ran the job, to its end. */
  ranInTurn(job: JobName): void {
    this.triedAtMs.set(job, this.options.monotonicMs());
    this.told.delete(job);
  }

  private async look(): Promise<void> {
    if (!this.options.link.isAvailable) return;
    const records = await this.records.list().catch(() => 'unreadable' as const); // a Cluster may lack that master
    for (const job of jobNames) {
      if (this.busy.has(job) || !this.isOverdue(job, records)) continue;
      this.busy.add(job);
      void this.makeUpFor(job).finally(() => this.busy.delete(job)); // never rejects
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

  private async makeUpFor(job: JobName): Promise<void> {
    const { runner, schedules, log, monotonicMs } = this.options;
    this.triedAtMs.set(job, monotonicMs());
    const [outcome] = await Promise.allSettled([runner.run(job), schedules.putUp(job, 'when its turn comes')]);
    if (outcome.status === 'rejected' || outcome.value === 'left to another' || this.told.has(job)) return;
    this.told.add(job);
    log.warn('job.overdue', { job });
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
