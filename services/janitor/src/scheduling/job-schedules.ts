import { setTimeout as pause } from 'node:timers/promises';
import { type JobConnection, type JobRecord, JobRecords, type RedisLink, RedisUnavailable } from '@openrelay/state';
import type { Log } from '@openrelay/telemetry';
import { type JobName, jobNames, schedule } from '../jobs/schedule';
import { JobQueue, removeQueue } from './job-queue';

/** BullMQ waits for its Redis without a bound; a janitor that schedules its jobs does not. */
const boundMs = 3000;

export type SchedulesOptions = {
  link: RedisLink;
  log: Log;
  connection: JobConnection;
  run: (job: JobName) => Promise<void>;
  /** BullMQ ran the job and recorded that it is done. */
  onCompleted: (job: JobName) => void;
  onError: (error: Error) => void;
};

/** Keeps the schedule of all jobs in BullMQ, and their records in Redis. */
export class JobSchedules {
  private readonly records: JobRecords;
  private readonly queues = new Map<JobName, JobQueue>();

  constructor(private readonly options: SchedulesOptions) {
    const { link, connection, run, onCompleted, onError } = options;
    this.records = new JobRecords(link);
    for (const job of jobNames) {
      const calls = { run: () => run(job), onCompleted: () => onCompleted(job), onError };
      this.queues.set(job, new JobQueue({ job, connection, ...calls }));
    }
  }

  /** From here on this janitor takes jobs when their turn comes. */
  work(): void {
    for (const queue of this.queues.values()) queue.work();
  }

  /** A job that fell due while no janitor ran, or Redis was away, runs now and not at its next turn. Never rejects. */
  async scheduleAll(): Promise<void> {
    await this.guard(async () => {
      const known = await this.records.list().catch(() => []); // as if none had run: running one too often is harmless
      await this.removeUnknown(known);
      await Promise.all(jobNames.map((job) => this.schedule(job, this.firstTurn(job, known))));
    });
  }

  private firstTurn(job: JobName, known: JobRecord[]): 'now' | 'when its turn comes' {
    const lastMs = known.find((record) => record.job === job)?.lastSucceededAtMs ?? 0;
    return this.options.link.clock.now() - lastMs > schedule[job].everySeconds * 1000 ? 'now' : 'when its turn comes';
  }

  /** Records a job and schedules it, also anew. Never rejects. */
  async schedule(job: JobName, first: 'now' | 'when its turn comes'): Promise<void> {
    const { everySeconds, why } = schedule[job];
    await this.guard(() => this.records.announce({ job, everySeconds, why }));
    const scheduled = this.guard(() => this.queues.get(job)!.schedule(first));
    await Promise.race([scheduled, pause(boundMs, undefined, { ref: false })]);
  }

  /** Jobs that had another name, or are no more: nobody runs them, so they would be overdue for ever. */
  private async removeUnknown(known: JobRecord[]): Promise<void> {
    for (const { job } of known.filter((record) => !(record.job in schedule))) {
      const removed = this.guard(async () => {
        await removeQueue(job, this.options.connection);
        await this.records.forget(job); // last: the rest is found by it
        this.options.log.info('job.removed', { job });
      });
      await Promise.race([removed, pause(boundMs, undefined, { ref: false })]);
    }
  }

  /** A job that could not be scheduled is scheduled when it is overdue. */
  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) this.options.onError(error as Error);
    }
  }

  /** Waits for the jobs that run; without a bound when Redis is away. */
  async stop(): Promise<void> {
    await Promise.allSettled(Array.from(this.queues.values(), (queue) => queue.stop()));
  }
}
