import type { JobConnection } from '@openrelay/state';
import { Queue, Worker } from 'bullmq';
import { type JobName, schedule } from '../jobs/schedule';

/** One Redis Cluster slot for all that BullMQ writes. */
const prefix = '{or:bull}';
/** When the lock of a janitor that was killed in a job ends, another janitor gets the job. */
const lockMs = 10_000;
const stalledIntervalMs = 3000;
/** A job that loses its janitor more often waits for its next turn: the job might be what kills them. */
const mostStalls = 3;
const mostEvents = 100;
/** How long BullMQ waits after Redis refused its scripts. */
const retryMs = 2000;

const template = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: { count: 5 },
  removeOnFail: { count: 20 },
} as const;

export type JobQueueOptions = {
  job: JobName;
  connection: JobConnection;
  run: () => Promise<void>;
  /** BullMQ ran the job and recorded that it is done. */
  onCompleted: () => void;
  onError: (error: Error) => void;
};

/** One job: its schedule, which all janitors share, and this janitor's readiness to run it. One janitor runs it at a time. */
export class JobQueue {
  private readonly queue: Queue;
  private worker: Worker | undefined;
  private scheduling: Promise<void> | undefined;

  constructor(private readonly options: JobQueueOptions) {
    const { job, connection, onError } = options;
    this.queue = new Queue(job, {
      connection,
      prefix,
      skipVersionCheck: true, // the versions that the relay needs are checked by the edge
      streams: { events: { maxLen: mostEvents } },
    });
    this.queue.on('error', onError);
  }

  /**
   * Schedules the job, also anew: every janitor schedules it alike. Waits for Redis without a bound; calls meanwhile share one
   * wait.
   * @param first when it is to run for the first time
   */
  schedule(first: 'now' | 'when its turn comes'): Promise<void> {
    this.scheduling ??= this.upsert(first).finally(() => {
      this.scheduling = undefined;
    });
    return this.scheduling;
  }

  private async upsert(first: 'now' | 'when its turn comes'): Promise<void> {
    const { job } = this.options;
    await this.queue.setGlobalConcurrency(1);
    // By pattern: two processes that schedule by an interval can lose the next turn (bullmq#3262).
    const turns = { pattern: schedule[job].pattern, tz: 'UTC', immediately: first === 'now' };
    await this.queue.upsertJobScheduler(job, turns, { name: job, opts: template });
  }

  /** From here on this janitor takes the job when its turn comes. */
  work(): void {
    const { job, connection, run, onCompleted, onError } = this.options;
    this.worker = new Worker(job, run, {
      connection,
      prefix,
      skipVersionCheck: true,
      lockDuration: lockMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount: mostStalls,
      runRetryDelay: retryMs,
    });
    this.worker.on('completed', onCompleted);
    this.worker.on('error', onError);
  }

  /** Waits for the job that runs; without a bound when Redis is away. */
  async stop(): Promise<void> {
    await this.worker?.close();
    await this.queue.close();
  }
}

/** Removes what BullMQ has of a job that is no more. */
export async function removeQueue(job: string, connection: JobConnection): Promise<void> {
  const queue = new Queue(job, { connection, prefix, skipVersionCheck: true });
  try {
    await queue.obliterate({ force: true });
  } finally {
    await queue.close();
  }
}
