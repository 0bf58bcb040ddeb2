/** A load on some relays: worker processes that connect, send for a span, and report. */
import { randomBytes } from 'node:crypto';
import type { FromWorker, LoadPlan, Span } from './plan';
import { type LoadReport, mergeReports, type WorkerReport } from './report';
import { connectTimeoutMs, type LoadWorker, nextOfAll, startWorkers, stopWorkers } from './worker-process';

const reportGraceMs = 15_000;

export class Load {
  private readonly workers: LoadWorker[];

  constructor(
    workers: number,
    private readonly signal: AbortSignal,
  ) {
    this.workers = startWorkers(workers);
  }

  /** Resolves when every device is registered. */
  async connect(plan: LoadPlan): Promise<void> {
    const run = randomBytes(4).toString('hex');
    const workers = this.workers.length;
    this.workers.forEach((worker, index) => {
      worker.send({ kind: 'connect', plan: { ...plan, run, worker: index, workers } });
    });
    await nextOfAll(this.workers, connectTimeoutMs, this.signal);
  }

  begin(span: Span): void {
    for (const worker of this.workers) worker.send({ kind: 'go', span });
  }

  /** Ends the measured span before its time. */
  endSpan(): void {
    for (const worker of this.workers) worker.send({ kind: 'end' });
  }

  /** Call it when the span has passed: waits for the drain and the reports. */
  async finish(span: Span): Promise<LoadReport> {
    const replies = await nextOfAll(this.workers, span.drainMs + reportGraceMs, this.signal);
    return mergeReports(replies.map(reportOf));
  }

  async stop(): Promise<void> {
    await stopWorkers(this.workers);
  }
}

function reportOf(message: FromWorker): WorkerReport {
  if (message.kind !== 'finished') throw new Error(`a load worker said "${message.kind}" instead of reporting`);
  return message.report;
}
