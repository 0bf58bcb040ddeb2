/** One measured span: a load on some ports, and what the processes behind them used meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { percentileOf } from '@openrelay/telemetry';
import { LoadWorkers } from '../load/load-workers';
import { type LatencyKind, type LoadMode, nowEpochMs, type ScenarioContext, type WorkerReport } from '../load/plan';
import { sortedLatencies } from '../tally/latencies';
import { sumTotals } from '../tally/totals';
import { sum } from './figure';
import { cpuSeconds, mapUsage, residentBytes, type Usage, type Watched } from './process-usage';

// From the word to go until the first message: time for the workers' ticker threads to start.
const leadMs = 400;
const busyWorkerShare = 0.9;
const noteworthyLagMs = 1;

export type Target = { relay: 'memory' | 'edge'; ports: number[]; watched: Watched };

export type Measured = Awaited<ReturnType<typeof measure>>;

/** @param meanwhile ends the measured span; without it the span is as long as the conditions say. */
export async function measure(
  context: ScenarioContext,
  target: Target,
  mode: LoadMode,
  meanwhile = () => pause(context.conditions.seconds * 1000, undefined, { signal: context.stopping }),
) {
  const { conditions } = context;
  const load = new LoadWorkers(context);
  try {
    await load.connect({ ...conditions, ports: target.ports, mode });
    const startAtMs = nowEpochMs() + leadMs;
    const warmupMs = mode === 'idle' ? 0 : conditions.warmup * 1000;
    await load.ask('start', { startAtMs, measureFromMs: startAtMs + warmupMs });
    const startedMs = performance.now();
    const before = mapUsage(target.watched, cpuSeconds);
    await meanwhile();
    const cpu = mapUsage(target.watched, (pids, name) => cpuSeconds(pids) - before[name]!);
    const seconds = (performance.now() - startedMs) / 1000;
    const resident = mapUsage(target.watched, residentBytes);
    const figures = figuresOf(mode, seconds, cpu, await load.ask('finish'));
    return { relay: target.relay, mode, seconds, cpuSeconds: cpu, residentBytes: resident, ...figures };
  } finally {
    await load.stop();
  }
}

function figuresOf(mode: LoadMode, seconds: number, cpu: Usage, reports: readonly WorkerReport[]) {
  const received = sum(reports.map((report) => report.received));
  const latencies = (kind: LatencyKind) => sortedLatencies(reports.map((report) => report.latencies[kind]));
  const sendLag = latencies('sendLag');
  const workerCores = reports.map((report) => report.cpuSeconds / seconds);
  return {
    messagesPerSecond: received / seconds,
    cpuMicrosecondsPerMessage: mapUsage(cpu, (used) => (received > 0 ? (used * 1_000_000) / received : Number.NaN)),
    delivery: latencies('delivery'),
    ack: latencies('ack'),
    /** How late the generator sent. */
    sendLag,
    /** What each load worker used of a core. */
    workerCores,
    totals: sumTotals(reports.map(({ totals }) => totals)),
    notes: generatorNotes(mode, Math.max(...workerCores), percentileOf(sendLag, 99)),
  };
}

/** What the reader must know about the generator before trusting a figure. */
function generatorNotes(mode: LoadMode, busiest: number, lagMs: number): string[] {
  const notes: string[] = [];
  if (busiest >= busyWorkerShare && mode !== 'idle') {
    notes.push(
      `A load worker used ${Math.round(busiest * 100)} % of a core: the relay may be able to do more messages/s.`,
    );
  }
  if (mode === 'open' && lagMs > noteworthyLagMs) {
    notes.push(
      `The load generator itself sent late (p99 above ${noteworthyLagMs} ms); its lag is part of the latencies.`,
    );
  }
  return notes;
}
