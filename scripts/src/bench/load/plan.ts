/** What a run is to do, and the calls of the bench to its load workers. Times are in milliseconds since 1970, so that processes agree. */
import type { Latencies } from '../tally/histogram';
import type { LoadTotals } from '../tally/totals';

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

/** What is one worker's of a plan; `run` makes ids unique (8 lower-case hex digits). */
export type WorkerPlan = LoadPlan & { run: string; worker: number; workers: number };

export type Span = { startAtMs: number; measureFromMs: number; measureToMs: number; drainMs: number };

export type WorkerReport = {
  totals: LoadTotals;
  /** Messages received in the measured span. */
  received: number;
  /** Of the messages due in the measured span. `sendLag`: how late they left. */
  latencies: { sendLag: Latencies; ack: Latencies; delivery: Latencies };
  /** The worker's own, in the measured span. */
  cpuSeconds: number;
};

export type Storm = { giveUpAtMs: number; handshakesAtOnce: number };
/** `failures` are attempts that were tried again, by reason. */
export type StormReport<Kind extends Latencies = Latencies> = {
  cutAtMs: number;
  backAtMs: number;
  missing: number;
  failures: Record<string, number>;
  registration: Kind;
};

/** What a worker is asked, and what it answers. */
export type Calls = {
  connect(plan: WorkerPlan): Promise<void>;
  /** Sends for a span, waits for what is still under way, and closes the connections. */
  run(span: Span): Promise<WorkerReport>;
  /** The measured span is over before its time. */
  endSpan(): Promise<void>;
  /** Cuts all devices off, and answers when they are back or have given up. */
  storm(storm: Storm): Promise<StormReport>;
};
export type Argument<Name extends keyof Calls> = Parameters<Calls[Name]>[0];
export type Answer<Name extends keyof Calls> = Awaited<ReturnType<Calls[Name]>>;

/** The pairs of one worker: pair numbers are dealt out in turn. */
export function pairsOf({ pairs, worker, workers }: WorkerPlan): number[] {
  return Array.from({ length: pairs }, (_, pair) => pair).filter((pair) => pair % workers === worker);
}

/**
 * The port of a pair's first or second end. Who comes back after a cut finds any port, as behind a load balancer: the edge that
 * may still hold its old session, or another.
 */
export function portOf({ ports, placement }: LoadPlan, pair: number, end: 0 | 1, visit: 'first' | 'again'): number {
  const moved = visit === 'first' ? 0 : Math.floor(pair / ports.length);
  return ports[(pair + (placement === 'cross' ? end : 0) + moved) % ports.length]!;
}

/** `performance.now()` for a time since 1970. */
export function toLocalMs(epochMs: number): number {
  return epochMs - performance.timeOrigin;
}

export function nowEpochMs(): number {
  return performance.timeOrigin + performance.now();
}
