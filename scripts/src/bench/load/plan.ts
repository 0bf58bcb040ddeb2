/** What a run is to do, and the messages between the bench and its load workers. */
import type { WorkerCrowdPlan, WorkerStormReport } from './crowd-plan';
import type { WorkerReport } from './report';

/** `closed`: so many messages of each sender under way. `open`: so many messages a second in all, whatever comes back. */
type LoadMode = { kind: 'closed'; window: number } | { kind: 'open'; messagesPerSecond: number } | { kind: 'idle' };

export type LoadPlan = {
  ports: number[];
  /** Whether a pair's two ends are on different ports or on the same one. */
  placement: 'cross' | 'local';
  senders: 'half' | 'all';
  /** Two connections each; up to 32,767, as a message id has room for no more. */
  pairs: number;
  sealedBytes: number;
  mode: LoadMode;
};

/** One worker's part; `run` makes ids unique (8 lower-case hex digits). */
export type WorkerPlan = LoadPlan & { run: string; worker: number; workers: number };

/** In milliseconds since 1970, so that processes agree. */
export type Span = { startAtMs: number; measureFromMs: number; measureToMs: number; drainMs: number };

/** A worker is told either to `connect` pairs or to `gather` a crowd. `end`: the measured span is over before its time. */
export type ToWorker =
  | { kind: 'connect'; plan: WorkerPlan }
  | { kind: 'go'; span: Span }
  | { kind: 'end' }
  | { kind: 'gather'; plan: WorkerCrowdPlan }
  | { kind: 'storm'; giveUpAtMs: number }
  | { kind: 'disperse' };
export type FromWorker =
  | { kind: 'connected' }
  | { kind: 'finished'; report: WorkerReport }
  | { kind: 'gathered' }
  | { kind: 'back'; report: WorkerStormReport }
  | { kind: 'dispersed'; closes: Record<string, number> }
  | { kind: 'failed'; reason: string };

/** The pairs of one worker: pair numbers are dealt out in turn. */
export function pairsOf({ pairs, worker, workers }: WorkerPlan): number[] {
  return Array.from({ length: pairs }, (_, pair) => pair).filter((pair) => pair % workers === worker);
}

/** The port of device `2 * pair` (end 0) or of its partner (end 1). */
export function portOf({ ports, placement }: LoadPlan, pair: number, end: 0 | 1): number {
  const shift = placement === 'cross' ? end : 0;
  return ports[(pair + shift) % ports.length]!;
}

/** `performance.now()` for a time since 1970. */
export function toLocalMs(epochMs: number): number {
  return epochMs - performance.timeOrigin;
}

export function nowEpochMs(): number {
  return performance.timeOrigin + performance.now();
}
