/** Many idle devices on some relays, which can be cut off all at once. */
import { randomBytes } from 'node:crypto';
import type { CrowdPlan, StormReport, WorkerStormReport } from './crowd-plan';
import { Histogram } from './histogram';
import { type FromWorker, nowEpochMs } from './plan';
import { addByKey } from './report';
import { connectTimeoutMs, type LoadWorker, nextOfAll, startWorkers, stopWorkers } from './worker-process';

const reportGraceMs = 30_000;

export class Crowd {
  private readonly workers: LoadWorker[];

  constructor(
    workers: number,
    private readonly signal: AbortSignal,
  ) {
    this.workers = startWorkers(workers);
  }

  /** Resolves when every device is registered. */
  async gather(plan: CrowdPlan, handshakesAtOnce: number): Promise<void> {
    const run = randomBytes(4).toString('hex');
    const workers = this.workers.length;
    const share = Math.max(1, Math.floor(handshakesAtOnce / workers));
    this.workers.forEach((worker, index) => {
      worker.send({ kind: 'gather', plan: { ...plan, run, worker: index, workers, handshakesAtOnce: share } });
    });
    await nextOfAll(this.workers, connectTimeoutMs, this.signal);
  }

  /** Cuts all of them off; resolves when they are back, or when those that are not gave up after `limitMs`. */
  async storm(limitMs: number): Promise<StormReport> {
    for (const worker of this.workers) worker.send({ kind: 'storm', giveUpAtMs: nowEpochMs() + limitMs });
    const replies = await nextOfAll(this.workers, limitMs + reportGraceMs, this.signal);
    return mergeStorms(replies.map(stormOf));
  }

  /** Sends all of them home. Returns how connections were ended by the relay, how often. */
  async disperse(): Promise<Record<string, number>> {
    for (const worker of this.workers) worker.send({ kind: 'disperse' });
    const replies = await nextOfAll(this.workers, reportGraceMs, this.signal);
    return replies.map(closesOf).reduce(addByKey, {});
  }

  async stop(): Promise<void> {
    await stopWorkers(this.workers);
  }
}

/** From the first cut to the last registration. */
export function mergeStorms(reports: readonly WorkerStormReport[]): StormReport {
  const registration = new Histogram();
  for (const report of reports) registration.merge(report.registration);
  return {
    cutAtMs: Math.min(...reports.map(({ cutAtMs }) => cutAtMs)),
    backAtMs: Math.max(...reports.map(({ backAtMs }) => backAtMs)),
    missing: reports.reduce((sum, { missing }) => sum + missing, 0),
    failures: reports.map(({ failures }) => failures).reduce(addByKey, {}),
    registration,
  };
}

function stormOf(message: FromWorker): WorkerStormReport {
  if (message.kind !== 'back') throw new Error(`a load worker said "${message.kind}" instead of coming back`);
  return message.report;
}

function closesOf(message: FromWorker): Record<string, number> {
  if (message.kind !== 'dispersed') throw new Error(`a load worker said "${message.kind}" instead of dispersing`);
  return message.closes;
}
