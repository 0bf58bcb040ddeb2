import type { Settings } from '@openrelay/config';
import {
  BandwidthLedger,
  Forwarder,
  Inbox,
  Limiter,
  MessageQueue,
  MetricsWriter,
  NodeDirectory,
  RedisLink,
  Registry,
} from '@openrelay/state';
import { createMetrics, type Log } from '@openrelay/telemetry';
import { Tick } from './batching/tick';
import { BandwidthMeter } from './connection/bandwidth-meter';
import type { Connection } from './connection/connection';
import { Outbox } from './connection/outbox';
import { cannotRegister } from './connection/refusals';
import { Replies } from './connection/replies';
import { Delivery } from './delivery/delivery';
import { LiveAnswers, type LiveAsker } from './delivery/live-answers';
import { LiveHandover } from './delivery/live-handover';
import { LiveOffers } from './delivery/live-offers';
import { HolderChecks } from './holders/holder-checks';
import { Liveness } from './holders/liveness';
import { Registrations } from './holders/registrations';
import { Admission } from './inbound/admission';
import type { CommandParts } from './inbound/commands/command';
import { sendRegisterResponse } from './inbound/commands/register';
import { ConnectionHub } from './inbound/connection-hub';
import { Routing } from './routing/routing';
import { Failures } from './upkeep/failures';
import { MetricsFlusher } from './upkeep/metrics-flusher';
import { NodeStats } from './upkeep/node-stats';
import { sweepWhenFull } from './upkeep/sweep-when-full';

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
  const liveness = new Liveness(monotonicMs);
  return { settings, node, shards: settings.shards, monotonicMs, metrics, failures, link, tick, liveness, ...stores };
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
function createDelivery(base: Base, { outbox, refuse }: Answering, asker: LiveAsker) {
  const { settings, node, shards, tick, link, metrics, queue, registry, forwarder, liveness } = base;
  const registrations = new Registrations(
    { tick, node, shards, registry, queue, metrics, liveness },
    {
      registered: (connection, answer) => sendRegisterResponse(outbox, settings, connection, answer),
      refused: (connection) => refuse(connection, cannotRegister()),
      began: (connection, lastSeq, depth) => delivery.begin(connection, lastSeq, depth),
      recovering: (connection) => delivery.recover(connection),
    },
  );
  const hasRoom = (connection: Connection) => delivery.hasRoom(connection);
  const answers = new LiveAnswers({ tick, shards, forwarder, metrics, asker });
  const handover = new LiveHandover({ clock: link.clock, outbox, answers, hasRoom });
  const delivery = new Delivery(
    { tick, shards, link, queue, outbox, handover, metrics, maxQueued: settings.queueMaxMessages },
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
  const offers = new LiveOffers({ tick, shards, forwarder, answers, handover, delivery });
  return { registrations, delivery, checks, answers, handover, offers };
}

type Holding = ReturnType<typeof createDelivery>;

/** What devices ask for, from their sockets to the queues of others. */
function createInbound(
  base: Base,
  bandwidth: BandwidthMeter,
  answering: Answering,
  { registrations, delivery, handover, offers, answers }: Holding,
) {
  const { settings, node, shards, tick, link, metrics, monotonicMs, queue, forwarder, limiter, allowance } = base;
  const { queueMaxBytes, maxTtlSeconds, maxFrameBytes, handshakeTimeoutSeconds } = settings;
  const { outbox, refuse } = answering;
  const shared = { tick, shards, link, queue, outbox, metrics, registrations, delivery, offers, answers, refuse };
  const routing = new Routing({ ...shared, node, forwarder, commandTimeoutMs });
  const admission = new Admission({ tick, shards, limiter, allowance, bandwidth, queueMaxBytes, monotonicMs, refuse });
  const { acks } = delivery;
  const commands = { registrations, admission, routing, acks, handover, maxTtlSeconds, ...answering };
  const failed = (error: unknown) => base.failures.note(error);
  const hub = new ConnectionHub({
    commands,
    registrations,
    delivery,
    handover,
    liveness: base.liveness,
    bandwidth,
    metrics,
    maxFrameBytes,
    handshakeTimeoutSeconds,
    failed,
    monotonicMs,
  });
  return { routing, hub };
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
  const { shards, tick, link, metrics, directory, liveness, failures } = base;
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
  const asker: LiveAsker = { answered: (number, outcome) => routing.forwards.answered(number, outcome) };
  const holding = createDelivery(base, answering, asker);
  const { delivery } = holding;
  const { routing, hub } = createInbound(base, bandwidth, answering, holding);
  const flusher = new MetricsFlusher(new MetricsWriter(link, node), metrics);
  const nodeStats = new NodeStats({ node, directory, metrics, monotonicMs });
  const watched = { metrics, failures, flusher, directory, nodeStats };
  return { ...watched, link, inbox, bandwidth, liveness, ...holding, routing, hub };
}

export type EdgeParts = ReturnType<typeof createParts>;
