/** Every metric of a node; METRICS.md comes from it. */
interface Label {
  readonly name: string;
  /** `any`: values are few and come from our own code (names of scripts); see `mostLabelValues`. */
  readonly values: readonly (string | number)[] | 'any';
}

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly label?: Label;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

const metricPrefix = 'openrelay_';

/** Beyond so many values of an open label all further ones are counted as `other`, so that a mistake cannot fill the memory. */
export const mostLabelValues = 64;

const secondsOfScript = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const secondsOfDelivery = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];

export const metricsTable = {
  registrations: { type: 'counter', help: 'Devices registered on this node.' },
  connections: { type: 'gauge', help: 'Open WebSocket connections.' },
  takeovers: { type: 'counter', help: 'Connections closed because the device registered anew.' },
  messages_accepted: { type: 'counter', help: 'Messages that are safe in a queue in Redis.' },
  messages_delivered_live: { type: 'counter', help: 'Messages handed to a socket without waiting in the queue first.' },
  messages_queued: { type: 'counter', help: 'Messages accepted for a device that was not connected.' },
  messages_acked: { type: 'counter', help: 'Messages removed from a queue because their recipient has them.' },
  messages_expired: { type: 'counter', help: 'Messages removed from a queue because their lifetime ended.' },
  refused: {
    type: 'counter',
    help: 'Frames answered with an error, by its code.',
    label: { name: 'code', values: [400, 401, 403, 404, 413, 429, 503, 507, 509] },
  },
  payload_bytes: {
    type: 'counter',
    help: 'Payload bytes of all frames, which count towards the monthly bandwidth.',
    label: { name: 'direction', values: ['in', 'out'] },
  },
  wakeup_repairs: { type: 'counter', help: 'Deliveries that the periodic check started because a wake-up was lost.' },
  pulls: { type: 'counter', help: 'Reads of a queue for a connection that was behind.' },
  ephemeral_forwarded: { type: 'counter', help: 'Messages that are never queued, handed to a socket.' },
  ephemeral_dropped: { type: 'counter', help: 'Messages that are never queued and could not be handed on.' },
  flood_closes: { type: 'counter', help: 'Connections closed for sending too many frames.' },
  script_calls: {
    type: 'counter',
    help: 'Calls of Lua scripts in Redis.',
    label: { name: 'script', values: 'any' },
  },
  script_duration_seconds: {
    type: 'histogram',
    help: 'Time from the call of a Lua script to its answer, waiting included.',
    label: { name: 'script', values: 'any' },
    buckets: secondsOfScript,
  },
  accepted_to_delivered_seconds: {
    type: 'histogram',
    help: 'Time from the acceptance of a message to its handing over to a connected device.',
    buckets: secondsOfDelivery,
  },
  redis_available: { type: 'gauge', help: '1 while Redis answers, 0 while it is away.' },
  subscriber_replacements: { type: 'counter', help: 'Subscriber connections replaced because they had gone deaf.' },
  probe_age_seconds: { type: 'gauge', help: 'Time since the last probe of the subscriber connection came back.' },
} as const satisfies Record<string, MetricRow>;

type Table = typeof metricsTable;
export type MetricName = keyof Table;

export type NameOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: Table[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** What a call must give to say which of a metric's values it means: nothing, for metrics without a label. */
export type LabelOf<Name extends MetricName> = Table[Name] extends { label: { values: infer Values } }
  ? [label: Values extends readonly (infer Value)[] ? Value : string]
  : [];

/** The name in Prometheus: counters end in `_total`. */
export function exposedName(name: MetricName): string {
  return `${metricPrefix}${name}${metricsTable[name].type === 'counter' ? '_total' : ''}`;
}

export function rowOf(name: MetricName): MetricRow {
  return metricsTable[name];
}

export function namesOf<Type extends MetricRow['type']>(type: Type): NameOf<Type>[] {
  return (Object.keys(metricsTable) as MetricName[]).filter(
    (name): name is NameOf<Type> => metricsTable[name].type === type,
  );
}
