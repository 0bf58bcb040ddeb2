import type { JobConnection } from '@openrelay/state';
import { Queue, Worker } from 'bullmq';
import { type JobName, schedule } from './schedule';

/** One Redis Cluster slot for all that BullMQ writes. */
const prefix = '{or:bull}';
/** A janitor that was killed in a job is known to be gone when its lock has ended, and its job is given to another. */
const lockMs = 10_000;
const stalledIntervalMs = 3000;
/** How often a job may lose its janitor before it is left to its next turn: it might be what kills them. */
const mostStalls = 3;
const mostEvents = 100;

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
  onError: (error: Error) => void;
};

/** One job: its schedule, which all janitors share, and this janitor's readiness to run it. One janitor runs it at a time. */
export class JobQueue {
  private readonly queue: Queue;
  private worker: Worker | undefined;

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
   * Puts the job on the schedule, or anew: whoever else did so before meant the same.
   * @param first when it is to run for the first time
   */
  async schedule(first: 'now' | 'when its turn comes'): Promise<void> {
    const { job } = this.options;
    await this.queue.setGlobalConcurrency(1);
    // By pattern: two processes that schedule by an interval can lose the next turn (bullmq#3262).
    const turns = { pattern: schedule[job].pattern, tz: 'UTC', immediately: first === 'now' };
    await this.queue.upsertJobScheduler(job, turns, { name: job, opts: template });
  }

  /** From here on this janitor takes the job when its turn comes. */
  work(): void {
    const { job, connection, run, onError } = this.options;
    this.worker = new Worker(job, run, {
      connection,
      prefix,
      skipVersionCheck: true,
      lockDuration: lockMs,
      stalledInterval: stalledIntervalMs,
      maxStalledCount: mostStalls,
    });
    this.worker.on('error', onError);
  }

  /** Waits for the job that runs; without a bound when Redis is away. */
  async stop(): Promise<void> {
    await this.worker?.close();
    await this.queue.close();
  }
}
