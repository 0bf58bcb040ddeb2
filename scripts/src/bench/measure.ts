/** One measured span: a load on some ports, and what the processes behind them used meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Load } from './load/load';
import { type LoadPlan, nowEpochMs, type Span } from './load/plan';
import type { LoadReport } from './load/report';
import { cpuSeconds, residentBytes, sum } from './process-usage';

// From the word to go until the first message: time for the workers' ticker threads to start.
const leadMs = 400;
const drainMs = 5_000;
const busyWorkerShare = 0.9;
const noteworthyLagMs = 1;

export type Timing = { warmupSeconds: number; seconds: number };

/** Processes by what they are in the report: `edge`, `redis`, `memory`. */
export type Watched = Record<string, readonly number[]>;

/** What goes on in a measured span, which ends with it, and is not longer than the timing allows. */
type Happening = () => Promise<void>;

type Usage = Record<string, number | null>;

export type Measured = {
  seconds: number;
  load: LoadReport;
  messagesPerSecond: number;
  /** Null where there is no accounting. */
  cpuMicrosecondsPerMessage: Usage;
  /** At the end of the span. */
  residentBytes: Usage;
  notes: string[];
};

export async function measure(
  load: Load,
  plan: LoadPlan,
  timing: Timing,
  watched: Watched,
  signal: AbortSignal,
  happening?: Happening,
): Promise<Measured> {
  await load.connect(plan);
  const span = spanOf(timing);
  load.begin(span);
  await pauseUntil(span.measureFromMs, signal);
  const before = usageOf(watched, cpuSeconds);
  const seconds = happening ? await endWith(happening, load) : await waitFor(span, signal);
  const after = usageOf(watched, cpuSeconds);
  const resident = usageOf(watched, residentBytes);
  const report = await load.finish(span);
  const received = report.span.received;
  return {
    seconds,
    load: report,
    messagesPerSecond: received / seconds,
    cpuMicrosecondsPerMessage: perMessage(before, after, received),
    residentBytes: resident,
    notes: generatorNotes(plan, report, seconds),
  };
}

function spanOf({ warmupSeconds, seconds }: Timing): Span {
  const startAtMs = nowEpochMs() + leadMs;
  const measureFromMs = startAtMs + warmupSeconds * 1000;
  return { startAtMs, measureFromMs, measureToMs: measureFromMs + seconds * 1000, drainMs };
}

async function waitFor(span: Span, signal: AbortSignal): Promise<number> {
  await pauseUntil(span.measureToMs, signal);
  return (span.measureToMs - span.measureFromMs) / 1000;
}

async function endWith(happening: Happening, load: Load): Promise<number> {
  const startedAtMs = nowEpochMs();
  await happening();
  load.endSpan();
  return (nowEpochMs() - startedAtMs) / 1000;
}

async function pauseUntil(epochMs: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, epochMs - nowEpochMs()), undefined, { signal });
}

function usageOf(watched: Watched, ask: (pid: number) => number | null): Usage {
  return Object.fromEntries(Object.entries(watched).map(([name, pids]) => [name, sum(pids.map(ask))]));
}

function perMessage(before: Usage, after: Usage, messages: number): Usage {
  const figures = Object.keys(before).map((name): [string, number | null] => {
    const from = before[name] ?? null;
    const to = after[name] ?? null;
    return [name, from === null || to === null || messages === 0 ? null : ((to - from) * 1_000_000) / messages];
  });
  return Object.fromEntries(figures);
}

/** What the reader must know about the generator before trusting a figure. */
function generatorNotes(plan: LoadPlan, report: LoadReport, seconds: number): string[] {
  const notes: string[] = [];
  const busiest = Math.max(...report.workerCpuSeconds) / seconds;
  if (busiest >= busyWorkerShare && plan.mode.kind !== 'idle') {
    notes.push(
      `A load worker used ${Math.round(busiest * 100)} % of a core: the relay may be able to do more messages/s.`,
    );
  }
  const lagMs = plan.mode.kind === 'open' ? report.sendLag.percentileMs(99) : null;
  if (lagMs !== null && lagMs > noteworthyLagMs) {
    notes.push(`The load generator itself sent late (p99 ${lagMs.toFixed(2)} ms); its lag is part of the latencies.`);
  }
  return notes;
}
