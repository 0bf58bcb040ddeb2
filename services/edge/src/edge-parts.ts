import type { Settings } from '@openrelay/config';
import {
  BandwidthLedger,
  Forwarder,
  Inbox,
  Limiter,
  MessageQueue,
  MetricsStore,
  NodeDirectory,
  RedisLink,
  Registry,
} from '@openrelay/state';
import { createMetrics, type Log } from '@openrelay/telemetry';
import { Admission } from './admission';
import { BandwidthMeter } from './bandwidth-meter';
import type { CommandParts } from './commands/command';
import { welcome } from './commands/register';
import { Delivery } from './deliver';
import { Door } from './door';
import { Failures } from './failures';
import { HolderChecks } from './holder-checks';
import { MetricsFlusher } from './metrics-flusher';
import { Outbox } from './outbox';
import { Presence } from './presence';
import { cannotRegister } from './refusals';
import { Registrations } from './registrations';
import { Replies } from './replies';
import { Routing } from './routing';
import { sweepWhenFull } from './sweep-when-full';
import { Tick } from './tick';
import { Vitals } from './vitals';

/** How long Redis may take before it counts as away; a device is answered 503 within a second. */
export const commandTimeoutMs = 800;

/** What all the others work with: Redis and its stores, what is counted, the end of a turn. */
function createBase(settings: Settings, node: string, log: Log, monotonicMs: () => number) {
  const metrics = createMetrics();
  const failures = new Failures(log, metrics, monotonicMs);
  const link = new RedisLink({
    url: settings.redisUrl,
    commandTimeoutMs,
    monotonicMs,
    onCall: (script, tookMs) => {
      metrics.count('script_calls', script);
      metrics.observe('script_duration_seconds', tookMs / 1000, script);
    },
  });
  sweepWhenFull(link, metrics, monotonicMs);
  const tick = new Tick((asks) => link.together(asks));
  const stores = createStores(link, node, settings);
  const presence = new Presence(monotonicMs);
  return { settings, node, shards: settings.shards, monotonicMs, metrics, failures, link, tick, presence, ...stores };
}

function createStores(link: RedisLink, node: string, settings: Settings) {
  const { queueMaxMessages, queueMaxBytes, minReplicas, requestsPerMinute, pointsPerMinute } = settings;
  const allowance = { requestsPerMinute, pointsPerMinute };
  return {
    allowance,
    limiter: new Limiter(link, allowance),
    queue: new MessageQueue(link, node, { maxMessages: queueMaxMessages, maxBytes: queueMaxBytes, minReplicas }),
    registry: new Registry(link, node),
    forwarder: new Forwarder(link, node),
    directory: new NodeDirectory(link),
  };
}

type Base = ReturnType<typeof createBase>;
type Answering = Pick<CommandParts, 'outbox' | 'refuse' | 'allowControl'>;

/** Who holds which device, and what it is handed. */
function createDelivery(base: Base, { outbox, refuse }: Answering) {
  const { settings, node, shards, tick, link, metrics, queue, registry, forwarder, presence } = base;
  const registrations = new Registrations(
    { tick, node, shards, registry, queue, metrics, presence },
    {
      registered: (connection, answer) => welcome(outbox, settings, connection, answer),
      refused: (connection) => refuse(connection, cannotRegister()),
      began: (connection, lastSeq, depth) => delivery.begin(connection, lastSeq, depth),
      recovering: (connection) => delivery.recover(connection),
    },
  );
  const delivery = new Delivery(
    { tick, shards, link, queue, forwarder, outbox, metrics, maxQueued: settings.queueMaxMessages },
    {
      backpressure: (connection, mark) => registrations.mark(connection, mark),
      settledAcks: (connection) => registrations.depart(connection),
      gone: (connection) => checks.check(connection),
      unreadable: (messages) => {
        metrics.add('messages_unreadable', messages);
        base.failures.note(new Error('a message in a queue could not be read'));
      },
    },
  );
  const checks = new HolderChecks({ tick, shards, registry, registrations, delivery, metrics });
  return { registrations, delivery, checks };
}

type Holding = Pick<CommandParts, 'registrations' | 'delivery'>;

/** What devices ask for, from their sockets to the queues of others. */
function createDoor(base: Base, bandwidth: BandwidthMeter, answering: Answering, { registrations, delivery }: Holding) {
  const { settings, node, shards, tick, link, metrics, monotonicMs, queue, forwarder, limiter, allowance } = base;
  const { queueMaxBytes, maxTtlSeconds, maxFrameBytes, handshakeTimeoutSeconds } = settings;
  const { outbox, refuse } = answering;
  const shared = { tick, shards, link, queue, outbox, metrics, registrations, delivery, refuse };
  const routing = new Routing({ ...shared, node, forwarder, commandTimeoutMs });
  const admission = new Admission({ tick, shards, limiter, allowance, bandwidth, queueMaxBytes, monotonicMs, refuse });
  const commands = { registrations, admission, routing, delivery, maxTtlSeconds, ...answering };
  const failed = (error: unknown) => base.failures.note(error);
  const door = new Door({
    commands,
    presence: base.presence,
    bandwidth,
    metrics,
    maxFrameBytes,
    handshakeTimeoutSeconds,
    failed,
    monotonicMs,
  });
  return { routing, door };
}

/** Makes the parts of an edge and tells each of those it needs. Nothing runs yet. */
export function createParts(
  settings: Settings,
  node: string,
  log: Log,
  mostPendingBytes: number,
  monotonicMs: () => number,
) {
  const base = createBase(settings, node, log, monotonicMs);
  const { shards, tick, link, metrics, directory, presence, failures } = base;
  const { redisUrl: url, controlFramesPerMinute } = settings;
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs });
  const bandwidth = new BandwidthMeter(new BandwidthLedger(link, node), settings, metrics);
  const outbox = new Outbox(tick, mostPendingBytes, {
    wrote: (bytes) => bandwidth.count('out', bytes),
    wroteBehind: (connection) => delivery.drained(connection),
    unusable: (connection) => connection.socket.close('tryLater', 'this connection reads too slowly'),
  });
  const { refuse, allowControl } = new Replies({ outbox, metrics, controlFramesPerMinute, monotonicMs });
  const answering = { outbox, refuse, allowControl };
  const { registrations, delivery, checks } = createDelivery(base, answering);
  const { routing, door } = createDoor(base, bandwidth, answering, { registrations, delivery });
  const flusher = new MetricsFlusher(new MetricsStore(link, node), metrics);
  const vitals = new Vitals({ node, directory, metrics, monotonicMs });
  const watched = { metrics, failures, flusher, directory, vitals };
  return { ...watched, link, inbox, bandwidth, presence, registrations, checks, delivery, routing, door };
}

export type EdgeParts = ReturnType<typeof createParts>;
