/**
 * What an operator is shown, each shape once: as a type for whoever computes or shows it, and as the JSON schema by which ops
 * answers and describes its answers. Types are had from the package itself, so that who needs no schema loads no TypeBox.
 */

import { type Static, type TProperties, type TSchema, Type } from '@sinclair/typebox';
import { problemNames } from './problems';
import { refusedAt } from './refused-at';
import { steps } from './time-range';

const text = Type.String();
const count = Type.Number();
const unixMs = Type.Number({ description: 'Unix milliseconds' });
const bytes = Type.Number({ description: 'bytes' });
const perSecond = Type.Number({ description: 'a second' });

function words<const Word extends string>(values: readonly Word[], meaning = {}) {
  return Type.Unsafe<Word>({ type: 'string', enum: values, ...meaning });
}

function orNull<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Unsafe<Static<Schema> | null>({ ...schema, type: [schema.type, 'null'], description });
}

function mapOf<Schema extends TSchema>(values: Schema, description: string) {
  return Type.Unsafe<Record<string, Static<Schema>>>({ type: 'object', additionalProperties: values, description });
}

/** Nothing else is ever answered, whatever the object that is answered has. */
function object<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

function figure(unit: string) {
  return orNull(count, `${unit}; null when the node is silent`);
}

export const problem = object({
  level: words(['wrong', 'warning'], { description: 'wrong: somebody must act; warning: somebody must before long' }),
  name: words(problemNames),
  about: orNull(text, 'the node or job, when it is one of several'),
  text: Type.String({ description: 'one sentence' }),
});
export type Problem = Static<typeof problem>;

/** A silent node has not been heard of for longer than its heartbeat holds: it is dead, or cut off from Redis. */
export const node = object({
  node: text,
  state: words(['up', 'draining', 'silent']),
  lastSeenMs: unixMs,
  startedAtMs: figure('Unix milliseconds'),
  connections: figure('open WebSocket connections'),
  messagesPerSecond: figure('messages accepted a second'),
  cpuPercent: figure('percent of one core'),
  rssBytes: figure('bytes'),
  eventLoopDelayMs: figure('milliseconds, p99'),
  redisRoundTripMs: figure('milliseconds'),
  port: figure('port'),
});
export type NodeView = Static<typeof node>;

const rateProperties = {
  overMs: Type.Number({ description: 'the milliseconds that the rates are of' }),
  accepted: perSecond,
  deliveredLive: perSecond,
  queued: perSecond,
  acked: perSecond,
  expired: perSecond,
  registrations: perSecond,
  bytesIn: perSecond,
  bytesOut: perSecond,
  /** Codes that were not sent are missing. */
  refused: mapOf(perSecond, 'a second, by error code'),
};
const rates = object(rateProperties);
export type Rates = Static<typeof rates>;

/** From acceptance to delivery. */
const latency = object({
  p50Ms: orNull(count, 'milliseconds; null when nothing was delivered'),
  p99Ms: orNull(count, 'milliseconds; null when nothing was delivered'),
  count,
});
export type Latency = Static<typeof latency>;

/** What waits, and what was counted so far: accepted = acked + expired + messages. */
export const queues = object({ messages: count, bytes, devices: count, accepted: count, acked: count, expired: count });
export type QueuesView = Static<typeof queues>;

/** Payload bytes of the month (UTC), received and sent. */
export const bandwidth = object({
  month: Type.String({ description: 'YYYY-MM, UTC' }),
  usedBytes: bytes,
  limitBytes: bytes,
  thresholdBytes: Type.Number({ description: 'bytes; above it messages are refused (509)' }),
  projectedBytes: Type.Number({ description: 'bytes that the month will come to if it goes on so' }),
  /** Of this month, `YYYY-MM-DD`, ascending, today included. */
  days: Type.Array(object({ day: text, bytes })),
  /** `YYYY-MM`, ascending. */
  closedMonths: Type.Array(object({ month: text, bytes })),
});
export type BandwidthView = Static<typeof bandwidth>;

export const job = object({
  job: text,
  everySeconds: count,
  why: text,
  lastStartedAtMs: Type.Optional(unixMs),
  lastSucceededAtMs: Type.Optional(unixMs),
  lastTookMs: Type.Optional(count),
  lastResult: Type.Optional(mapOf(count, 'what the last run did')),
  lastError: Type.Optional(text),
  runs: count,
  failures: count,
  /** Late: no success for three intervals. Failing: its last run failed. */
  state: words(['well', 'late', 'failing', 'never ran']),
});
export type JobView = Static<typeof job>;

const audit = object({
  atMs: unixMs,
  accepted: count,
  acked: count,
  expired: count,
  queued: count,
  missing: count,
  unbalancedShards: count,
  shards: count,
  countedShards: count,
  inexactShards: count,
  uncertain: count,
  /** Balanced: counted in all shards, and right in all. Incomplete: right where it was counted, and not all were. */
  verdict: words(['balanced', 'unbalanced', 'incomplete']),
});
export type LedgerView = Static<typeof audit>;
export const ledger = orNull(audit, 'the last audit of the janitor; null when there was none');

/** Memory of the fullest master; full: it refuses to store messages, which are answered 503. */
const redis = object({
  state: words(['well', 'nearly full', 'full']),
  usedBytes: bytes,
  limitBytes: orNull(bytes, 'bytes; null when maxmemory is not set'),
  /** Failing: a master cannot write to its disk, and refuses all writes. */
  disk: words(['well', 'failing']),
  policy: Type.String({
    description: 'maxmemory-policy: noeviction, or that of a master by which it may throw messages away',
  }),
});
export type RedisView = Static<typeof redis>;

/** How short the store is of room, as the node refuses that sees it shortest. */
const store = object({
  pressure: Type.Number({ description: '0 (nothing is refused) to 4 (everything is)' }),
  refuses: words(refusedAt),
  budgetBytes: orNull(bytes, 'bytes that a Redis may hold; null when there is no budget, or no node'),
});
export type StoreView = Static<typeof store>;

/** The cluster at one instant by Redis's clock. */
export const cluster = object({
  atMs: unixMs,
  /** The most serious first; none: all is well. */
  problems: Type.Array(problem),
  nodes: Type.Array(node),
  connections: count,
  rates: orNull(rates, 'null in the first event of a stream'),
  latency: orNull(latency, 'from acceptance to delivery; null in the first event of a stream'),
  queues,
  bandwidth,
  jobs: Type.Array(job),
  ledger,
  redis: orNull(redis, 'null when the user that REDIS_URL names may not ask for it (INFO)'),
  store,
});
export type ClusterView = Static<typeof cluster>;

/** One period of a series; the running one goes up to now (`overMs`). */
const point = object({ startMs: unixMs, ...rateProperties, latency });
export type SeriesPoint = Static<typeof point>;

export const series = object({ fromMs: unixMs, toMs: unixMs, step: words(steps), points: Type.Array(point) });
export type SeriesView = Static<typeof series>;

export const refusal = object({ error: Type.String({ description: 'one sentence' }) });
/** What is answered instead. */
export type RefusalView = Static<typeof refusal>;
