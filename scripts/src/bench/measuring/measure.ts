/** One measured span: a load on some ports, and what the processes behind them used meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { LoadWorkers } from '../load/load-workers';
import { type LoadPlan, nowEpochMs, type Span, type WorkerReport } from '../load/plan';
import { Histogram } from '../tally/histogram';
import { type LoadTotals, sumTotals } from '../tally/totals';
import { planUnder, type ScenarioContext, workersFor } from './conditions';
import { sum } from './figure';
import { cpuSeconds, mapUsage, residentBytes, type Usage, type Watched } from './process-usage';

// From the word to go until the first message: time for the workers' ticker threads to start.
const leadMs = 400;
const drainMs = 5_000;
const busyWorkerShare = 0.9;
const noteworthyLagMs = 1;

export type Target = { relay: 'memory' | 'edge'; ports: number[]; watched: Watched };

type Mode = LoadPlan['mode'];

/** What goes on in a measured span, which ends with it. */
export type Meanwhile = { mostSeconds: number; run: () => Promise<void> };

export type Measured = {
  relay: Target['relay'];
  mode: Mode;
  seconds: number;
  messagesPerSecond: number;
  cpuSeconds: Usage;
  cpuMicrosecondsPerMessage: Usage;
  /** At the end of the span. */
  residentBytes: Usage;
  delivery: Histogram;
  ack: Histogram;
  /** How late the generator sent. */
  sendLag: Histogram;
  /** What each load worker used of a core. */
  workerCores: number[];
  totals: LoadTotals;
  notes: string[];
};

/** Without `meanwhile` the span is as long as the conditions say. */
export async function measure(
  context: ScenarioContext,
  target: Target,
  mode: Mode,
  meanwhile?: Meanwhile,
): Promise<Measured> {
  const load = new LoadWorkers(workersFor(context), context.stopping);
  try {
    await load.connect(planUnder(context.conditions, target.ports, mode));
    return await measureSpan(load, context, target, mode, meanwhile);
  } finally {
    await load.stop();
  }
}

async function measureSpan(
  load: LoadWorkers,
  { conditions, stopping }: ScenarioContext,
  target: Target,
  mode: Mode,
  meanwhile: Meanwhile | undefined,
): Promise<Measured> {
  const span = spanOf(mode.kind === 'idle' ? 0 : conditions.warmup, meanwhile?.mostSeconds ?? conditions.seconds);
  const reported = load.ask('run', span);
  // Awaited below; a worker that fails before must not end the bench at once.
  reported.catch(() => undefined);
  await pauseUntil(span.measureFromMs, stopping);
  const before = cpuSeconds(target.watched);
  const startedAtMs = nowEpochMs();
  if (meanwhile) {
    await meanwhile.run();
    await load.ask('endSpan', undefined);
  } else {
    await pauseUntil(span.measureToMs, stopping);
  }
  const seconds = meanwhile ? (nowEpochMs() - startedAtMs) / 1000 : conditions.seconds;
  const cpu = mapUsage(cpuSeconds(target.watched), (used, name) => used - before[name]!);
  const resident = residentBytes(target.watched);
  return { relay: target.relay, residentBytes: resident, ...figuresOf(mode, seconds, cpu, await reported) };
}

function spanOf(warmupSeconds: number, seconds: number): Span {
  const startAtMs = nowEpochMs() + leadMs;
  const measureFromMs = startAtMs + warmupSeconds * 1000;
  return { startAtMs, measureFromMs, measureToMs: measureFromMs + seconds * 1000, drainMs };
}

async function pauseUntil(epochMs: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, epochMs - nowEpochMs()), undefined, { signal });
}

function figuresOf(mode: Mode, seconds: number, cpu: Usage, reports: readonly WorkerReport[]) {
  const received = sum(reports.map((report) => report.received));
  const latencies = (of: keyof WorkerReport['latencies']) =>
    Histogram.of(reports.map((report) => report.latencies[of]));
  const sendLag = latencies('sendLag');
  const workerCores = reports.map((report) => report.cpuSeconds / seconds);
  return {
    mode,
    seconds,
    messagesPerSecond: received / seconds,
    cpuSeconds: cpu,
    cpuMicrosecondsPerMessage: mapUsage(cpu, (used) => (received > 0 ? (used * 1_000_000) / received : Number.NaN)),
    delivery: latencies('delivery'),
    ack: latencies('ack'),
    sendLag,
    workerCores,
    totals: sumTotals(reports.map(({ totals }) => totals)),
    notes: generatorNotes(mode, Math.max(...workerCores), sendLag.percentileMs(99)),
  };
}

/** What the reader must know about the generator before trusting a figure. */
function generatorNotes(mode: Mode, busiest: number, lagMs: number): string[] {
  const notes: string[] = [];
  if (busiest >= busyWorkerShare && mode.kind !== 'idle') {
    notes.push(
      `A load worker used ${Math.round(busiest * 100)} % of a core: the relay may be able to do more messages/s.`,
    );
  }
  if (mode.kind === 'open' && lagMs > noteworthyLagMs) {
    notes.push(`The load generator itself sent late (p99 ${lagMs.toFixed(2)} ms); its lag is part of the latencies.`);
  }
  return notes;
}
