/** What a run is to do, and the calls of the bench to its load workers. Times are in milliseconds since 1970, so that processes agree. */
import type { startClusterOn, startRedis } from '@openrelay/launch';
import type { LoadTotals } from '../tally/totals';

/** What a scenario's conditions begin from. Those that do not apply to it are not looked at. */
export const commonConditions = {
  /** In pairs; up to 65,534, as a message id has room for no more. */
  connections: 200,
  edges: 1,
  /** Sealed bytes of a message. */
  size: 512,
  seconds: 5,
  warmup: 2,
  window: 8,
  /** 0: a fifth of the most that goes through. */
  rate: 1_000,
  rounds: 3,
  /** Messages that wait in queues before it begins. */
  queued: 1_000_000,
  /** Devices that are registered in Redis, without a socket. */
  registered: 1_000_000,
  /** Edges that are simulated. */
  nodes: 64,
  senders: 'half' as 'half' | 'all',
  /** Whether a pair's two ends are on different ports or on the same one. */
  placement: 'cross' as 'cross' | 'local',
};
export type Conditions = typeof commonConditions;

/** What starts the relays: this tree's, or that of another one, whose edges and settings of Redis are measured then. */
export type Launch = { startRedis: typeof startRedis; startClusterOn: typeof startClusterOn };

/** One run of a scenario. */
export type ScenarioContext = {
  launch: Launch;
  conditions: Conditions;
  /** Processes of the load generator; undefined: the scenario's choice. */
  workers: number | undefined;
  /** Undefined: a Redis of its own. */
  redisUrl: string | undefined;
  stopping: AbortSignal;
  /** Stops a resource when the scenario is over, however that ends. */
  keep: <Resource extends { stop(): Promise<unknown> }>(resource: Resource) => Resource;
  progress: (line: string) => void;
};

/**
 * `closed`: `window` messages of each sender under way. `turns`: `window` messages in all, of the senders in turn. `open`: `rate`
 * messages a second in all, whatever comes back.
 */
export type LoadMode = 'closed' | 'turns' | 'open' | 'idle';
export type LoadPlan = Conditions & { ports: number[]; mode: LoadMode };

/** What is one worker's of a plan; `run` makes ids unique (8 lower-case hex digits). */
export type WorkerPlan = LoadPlan & { run: string; worker: number; workers: number };

/** `sendLag`: how late messages left. */
export type LatencyKind = 'sendLag' | 'ack' | 'delivery';

export type WorkerReport = {
  totals: LoadTotals;
  /** Messages received in the measured span. */
  received: number;
  /** Of the messages due in the measured span. */
  latencies: Record<LatencyKind, number[]>;
  /** The worker's own, in the measured span. */
  cpuSeconds: number;
};

/** `handshakesAtOnce`: of all workers together. */
export type Storm = { giveUpAtMs: number; handshakesAtOnce: number };
/** `failures` are attempts that were tried again, by reason; `registration` are latencies. */
export type StormReport = { missing: number; failures: Record<string, number>; registration: number[] };

/** What a worker is asked, one call after the other, and what it answers. */
export type Calls = {
  connect(plan: WorkerPlan): Promise<void>;
  /** Begins to send, and answers when the measured span begins. */
  start(at: { startAtMs: number; measureFromMs: number }): Promise<void>;
  /** Ends the measured span, waits for what is still under way, and closes the connections. */
  finish(): Promise<WorkerReport>;
  /** Cuts all devices off, and answers when they are back or have given up. */
  storm(storm: Storm): Promise<StormReport>;
};
export type Argument<Name extends keyof Calls> = Parameters<Calls[Name]>;
export type Answer<Name extends keyof Calls> = Awaited<ReturnType<Calls[Name]>>;

/** The pairs of one worker: pair numbers are dealt out in turn. */
export function pairsOf({ connections, worker, workers }: WorkerPlan): number[] {
  return Array.from({ length: connections / 2 }, (_, pair) => pair).filter((pair) => pair % workers === worker);
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
