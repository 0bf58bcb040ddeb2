/** A load on some relays: worker processes that connect, send for a span, and report. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Child } from '../child';
import type { FromWorker, LoadPlan, Span, ToWorker } from './plan';
import { type LoadReport, mergeReports, type WorkerReport } from './report';

const CONNECT_TIMEOUT_MS = 120_000;
const REPORT_GRACE_MS = 15_000;

type LoadWorker = Child<FromWorker, ToWorker>;

export class Load {
  readonly #workers: LoadWorker[];
  readonly #signal: AbortSignal;

  constructor(workers: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#workers = Array.from({ length: workers }, () => new Child(join(__dirname, 'worker.js')));
  }

  /** Resolves when every device is registered. */
  async connect(plan: LoadPlan): Promise<void> {
    const run = randomBytes(4).toString('hex');
    const workers = this.#workers.length;
    this.#workers.forEach((worker, index) => {
      worker.send({ kind: 'connect', plan: { ...plan, run, worker: index, workers } });
    });
    await Promise.all(this.#workers.map((worker) => this.#next(worker, CONNECT_TIMEOUT_MS)));
  }

  begin(span: Span): void {
    for (const worker of this.#workers) worker.send({ kind: 'go', span });
  }

  /** Call it when the span has passed: waits for the drain and the reports. */
  async finish(span: Span): Promise<LoadReport> {
    const replies = this.#workers.map((worker) => this.#next(worker, span.drainMs + REPORT_GRACE_MS));
    return mergeReports((await Promise.all(replies)).map(reportOf));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  async #next(worker: LoadWorker, timeoutMs: number): Promise<FromWorker> {
    const message = await worker.next(timeoutMs, this.#signal);
    if (message.kind === 'failed') throw new Error(`the load generator failed: ${message.reason}`);
    return message;
  }
}

function reportOf(message: FromWorker): WorkerReport {
  if (message.kind !== 'finished') throw new Error(`a load worker said "${message.kind}" instead of reporting`);
  return message.report;
}
