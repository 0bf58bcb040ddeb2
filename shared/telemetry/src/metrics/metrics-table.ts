/** Every metric; METRICS.md comes from it. */
type Label = {
  /** Not `job` or `instance`: Prometheus gives these to what it scrapes, and would rename ours. */
  readonly name: string;
  /** `any`: values are few and come from our own code (names of scripts); see `mostLabelValues`. */
  readonly values: readonly (string | number)[] | 'any';
};

export type MetricRow = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly label?: Label;
  /** Read for all nodes together, and shown by ops alone; otherwise each node has its own. */
  readonly of?: 'deployment';
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
};

const metricPrefix = 'openrelay_';

/** Beyond so many values of an open label all further ones are counted as `other`, so that a mistake cannot fill the memory. */
export const mostLabelValues = 64;

const secondsOfScript = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const secondsOfDelivery = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10];
/** From a reconnect to the longest lifetime that a message may have. */
const secondsInQueue = [0.1, 1, 5, 30, 60, 300, 1800, 3600, 21_600, 86_400, 604_800, 2_419_200];

export const metricsTable = {
  registrations: {
    type: 'counter',
    help: 'Registrations on this node: first, repeated, after Offline, and those made again after an outage.',
  },
  connections: { type: 'gauge', help: 'Open WebSocket connections.' },
  connections_max: { type: 'gauge', help: 'Connections beyond which further ones are refused.' },
  connections_refused: {
    type: 'counter',
    help: 'Connections answered 503: the node has all it takes, is short of memory, too many are unregistered, or too many came in a second.',
    label: { name: 'limit', values: ['all', 'memory', 'unregistered', 'rate'] },
  },
  connections_unregistered: { type: 'gauge', help: 'Open WebSocket connections that hold no device yet.' },
  listen_pauses: { type: 'counter', help: 'Times that a node closed its port for want of file descriptors.' },
  memory_cuts: { type: 'counter', help: 'Connections that a node cut because it was short of memory.' },
  takeovers: { type: 'counter', help: 'Connections closed because the device registered anew.' },
  messages_accepted: { type: 'counter', help: 'Messages that are safe in a queue in Redis.' },
  messages_delivered_live: { type: 'counter', help: 'Messages handed to a socket without waiting in the queue first.' },
  messages_queued: {
    type: 'counter',
    help: 'Messages accepted that only wait: their recipient is not connected, or its socket is backed up.',
  },
  messages_acked: { type: 'counter', help: 'Messages removed from a queue because their recipient has them.' },
  messages_expired: { type: 'counter', help: 'Messages removed from a queue because their lifetime ended.' },
  ledger_imbalances: {
    type: 'counter',
    help: 'Shards whose queues an audit found to differ from their ledger: a message is missing, or one too many.',
  },
  refused: {
    type: 'counter',
    help: 'Frames answered with an error, by its code.',
    label: { name: 'code', values: [400, 401, 403, 404, 413, 429, 503, 507, 509] },
  },
  stores_refused: {
    type: 'counter',
    help: 'Messages answered 507, by why: the store is short of room, the queue is full (or the share of its sender), the recipient takes messages from listed contacts only.',
    label: { name: 'why', values: ['short', 'full', 'listed'] },
  },
  store_pressure: {
    type: 'gauge',
    help: 'How short the store is of room: 1 nothing is stored for strange ids, 2 nor for those merely seen, 3 nor messages above 16 KiB, 4 nothing.',
  },
  store_budget_bytes: {
    type: 'gauge',
    help: 'What a Redis may hold before nothing is stored; 0 while there is no budget.',
  },
  append_only_rewrites: {
    type: 'counter',
    help: "Rewrites of Redis's append-only file that a janitor began, so that what was deleted leaves the disk.",
  },
  payload_bytes: {
    type: 'counter',
    help: 'Payload bytes of all frames, which count towards the monthly bandwidth.',
    label: { name: 'direction', values: ['in', 'out'] },
  },
  wakeup_repairs: { type: 'counter', help: 'Deliveries that a check started because a wake-up was lost.' },
  pulls: {
    type: 'counter',
    help: 'Reads of a queue: after a registration or a gap in its numbers, or as a backed-up socket drains.',
  },
  live_only_forwarded: { type: 'counter', help: 'Live-only messages that were handed to a socket.' },
  live_only_dropped: { type: 'counter', help: 'Live-only messages that could not be handed over.' },
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
    help: 'Time from the acceptance of a message to its handing over, of those that are delivered live.',
    buckets: secondsOfDelivery,
  },
  time_in_queue_seconds: {
    type: 'histogram',
    help: 'Time from the acceptance of a message to its handing over, of those that waited in the queue.',
    buckets: secondsInQueue,
  },
  queued_messages: { type: 'gauge', of: 'deployment', help: 'Messages that wait in queues.' },
  queued_bytes: { type: 'gauge', of: 'deployment', help: 'Bytes of the messages that wait in queues.' },
  queued_devices: { type: 'gauge', of: 'deployment', help: 'Devices with something in their queue, at most.' },
  nodes: {
    type: 'gauge',
    of: 'deployment',
    help: 'Nodes; a silent one has not been heard of for longer than its heartbeat holds.',
    label: { name: 'state', values: ['up', 'draining', 'silent'] },
  },
  bandwidth_used_bytes: { type: 'gauge', of: 'deployment', help: 'Payload bytes of this month (UTC).' },
  bandwidth_threshold_bytes: {
    type: 'gauge',
    of: 'deployment',
    help: 'Payload bytes of a month above which messages are refused (509).',
  },
  bandwidth_limit_bytes: { type: 'gauge', of: 'deployment', help: 'Payload bytes that a month may have.' },
  bandwidth_projected_bytes: {
    type: 'gauge',
    of: 'deployment',
    help: 'Payload bytes that this month comes to if it goes on so.',
  },
  job_success_age_seconds: {
    type: 'gauge',
    of: 'deployment',
    help: 'Time since a job of the janitor last succeeded; missing while it never has.',
    label: { name: 'janitor_job', values: 'any' },
  },
  job_well: {
    type: 'gauge',
    of: 'deployment',
    help: '1 while a job of the janitor goes well, 0 while it fails, is late or never ran.',
    label: { name: 'janitor_job', values: 'any' },
  },
  ledger_missing_messages: {
    type: 'gauge',
    of: 'deployment',
    help: 'Messages that the last audit found neither acked nor expired nor queued; negative when there were too many.',
  },
  ledger_unbalanced_shards: {
    type: 'gauge',
    of: 'deployment',
    help: 'Shards in which the last audit found messages missing or too many; the sum above may hide one behind another.',
  },
  ledger_shards: { type: 'gauge', of: 'deployment', help: 'Shards that the last audit was to count.' },
  ledger_counted_shards: {
    type: 'gauge',
    of: 'deployment',
    help: 'Shards that the last audit counted to the message: the others could not be reached, or too much went on in them.',
  },
  ledger_audit_age_seconds: { type: 'gauge', of: 'deployment', help: 'Time since the last audit of the ledger.' },
  redis_used_bytes: { type: 'gauge', of: 'deployment', help: 'Memory of the fullest Redis.' },
  redis_limit_bytes: { type: 'gauge', of: 'deployment', help: 'Its maxmemory; missing when that is not set.' },
  redis_round_trip_seconds: {
    type: 'histogram',
    help: 'Time that Redis takes to answer a probe of a channel, once a second.',
    buckets: secondsOfScript,
  },
  event_loop_delay_seconds: {
    type: 'gauge',
    help: 'How late the event loop was at the most, of twenty looks between the last two heartbeats.',
  },
  failures: {
    type: 'counter',
    help: 'Errors of the relay itself that nobody expected; the log says where.',
  },
  notices_missed: {
    type: 'counter',
    help: 'Times that a number of what Redis published was not the next one; the devices concerned were checked.',
  },
  notices_unreadable: { type: 'counter', help: 'Notices from Redis that could not be read, and were dropped.' },
  messages_unreadable: {
    type: 'counter',
    help: 'Damaged messages in queues that were passed over, each time that its queue was read.',
  },
  log_lines_dropped: { type: 'counter', help: 'Lines of the log that could not be written.' },
  drains: { type: 'counter', help: 'Nodes that left in good order.' },
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
