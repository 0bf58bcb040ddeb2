/** The shapes of all answers, for the serializer, for /openapi.json, and for the test that compares them with real ones. */

import { steps } from '@openrelay/overview';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const count: Schema = { type: 'number' };
const unixMs: Schema = { type: 'number', description: 'Unix milliseconds' };
const bytes: Schema = { type: 'number', description: 'bytes' };
const perSecond: Schema = { type: 'number', description: 'a second' };

function words(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

function orNull(schema: Schema, meaning: string): Schema {
  return { ...schema, type: [schema.type, 'null'], description: meaning };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

function mapOf(values: Schema, meaning: string): Schema {
  return { type: 'object', additionalProperties: values, description: meaning };
}

/** Nothing else is ever answered, whatever the object that is answered has. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

function figure(unit: string): Schema {
  return { type: ['number', 'null'], description: `${unit}; null when the node is silent` };
}

const node = object({
  node: text,
  state: words('up', 'draining', 'silent'),
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

const rateProperties = {
  overMs: { type: 'number', description: 'the milliseconds that the rates are of' },
  accepted: perSecond,
  deliveredLive: perSecond,
  queued: perSecond,
  acked: perSecond,
  expired: perSecond,
  registrations: perSecond,
  bytesIn: perSecond,
  bytesOut: perSecond,
  refused: mapOf(perSecond, 'a second, by error code'),
};

const latency = object({
  p50Ms: orNull(count, 'milliseconds; null when nothing was delivered'),
  p99Ms: orNull(count, 'milliseconds; null when nothing was delivered'),
  count,
});

const queues = object({ messages: count, bytes, devices: count, accepted: count, acked: count, expired: count });

const bandwidth = object({
  month: { type: 'string', description: 'YYYY-MM, UTC' },
  usedBytes: bytes,
  limitBytes: bytes,
  thresholdBytes: { type: 'number', description: 'bytes; above it messages are refused (509)' },
  projectedBytes: { type: 'number', description: 'bytes that the month will come to if it goes on so' },
  days: listOf(object({ day: text, bytes })),
  closedMonths: listOf(object({ month: text, bytes })),
});

const job = object(
  {
    job: text,
    everySeconds: count,
    why: text,
    lastStartedAtMs: unixMs,
    lastSucceededAtMs: unixMs,
    lastTookMs: count,
    lastResult: mapOf(count, 'what the last run did'),
    lastError: text,
    runs: count,
    failures: count,
    state: words('well', 'late', 'failing', 'never ran'),
  },
  ['lastStartedAtMs', 'lastSucceededAtMs', 'lastTookMs', 'lastResult', 'lastError'],
);

const ledger = orNull(
  object({
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
    verdict: words('balanced', 'unbalanced', 'incomplete'),
  }),
  'the last audit of the janitor; null when there was none',
);

const redis = orNull(
  object({
    state: words('well', 'nearly full', 'full'),
    usedBytes: bytes,
    limitBytes: orNull(bytes, 'bytes; null when maxmemory is not set'),
    disk: words('well', 'failing'),
    policy: {
      type: 'string',
      description: 'maxmemory-policy: noeviction, or that of a master by which it may throw messages away',
    },
  }),
  'null when the user that REDIS_URL names may not ask for it (INFO)',
);

export const schemas = {
  cluster: object({
    atMs: unixMs,
    problems: listOf(object({ level: words('wrong', 'warning'), text })),
    nodes: listOf(node),
    connections: count,
    rates: orNull(object(rateProperties), 'null in the first event of a stream'),
    latency: orNull(latency, 'from acceptance to delivery; null in the first event of a stream'),
    queues,
    bandwidth,
    jobs: listOf(job),
    ledger,
    redis,
  }),
  nodes: object({ atMs: unixMs, nodes: listOf(node) }),
  queues: object({ atMs: unixMs, queues }),
  bandwidth: object({ atMs: unixMs, bandwidth }),
  jobs: object({ atMs: unixMs, jobs: listOf(job) }),
  ledger: object({ atMs: unixMs, ledger }),
  metrics: object({
    fromMs: unixMs,
    toMs: unixMs,
    step: words(...steps),
    points: listOf(object({ startMs: unixMs, ...rateProperties, latency })),
  }),
} satisfies Record<string, Schema>;

const refusal = object({ error: { type: 'string', description: 'one sentence' } });

/** What every route may answer instead. */
export const refusals = {
  '4xx': { ...refusal, description: 'Not allowed, or not to be answered as it was asked' },
  '5xx': { ...refusal, description: 'Redis is away (503), or something unexpected went wrong' },
};
