import type { Settings } from '@openrelay/config';
import {
  BandwidthLedger,
  Claims,
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
import { Backpressure } from './connection/backpressure';
import { BandwidthMeter } from './connection/bandwidth-meter';
import { DoubtfulConnections } from './connection/doubtful-connections';
import { EarlyFrames } from './connection/early-frames';
import { FloodMemory } from './connection/flood-memory';
import { FrameMemory } from './connection/frame-memory';
import { Outbox } from './connection/outbox';
import { Replies } from './connection/replies';
import { UnregisteredConnections } from './connection/unregistered-connections';
import { Acknowledgements } from './delivery/acknowledgements';
import { Delivery } from './delivery/delivery';
import { Deregistrations } from './delivery/deregistrations';
import { ImplicitAcks } from './delivery/implicit-acks';
import { LiveAnswers, type LiveAsker } from './delivery/live-answers';
import { LiveHandover } from './delivery/live-handover';
import { LiveOffers } from './delivery/live-offers';
import { SlowStarts } from './delivery/slow-starts';
import { Sweeps } from './delivery/sweeps';
import { HolderChecks } from './holders/holder-checks';
import { Liveness } from './holders/liveness';
import { Registrations } from './holders/registrations';
import { Sessions } from './holders/sessions';
import { Stays } from './holders/stays';
import { Admission } from './inbound/admission';
import { Challenges } from './inbound/challenges';
import { ConnectionHub } from './inbound/connection-hub';
import { ConnectionLimits } from './inbound/connection-limits';
import { ContactChanges } from './inbound/contact-changes';
import { dispatchMessage } from './inbound/dispatch';
import { Router } from './routing/router';
import { Failures } from './upkeep/failures';
import { MetricsFlusher } from './upkeep/metrics-flusher';
import { NodeStats } from './upkeep/node-stats';
import { StorePressure } from './upkeep/store-pressure';
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
  sweepWhenFull(link, settings.shards, metrics, monotonicMs);
  const tick = new Tick((asks) => link.together(asks));
  const pressure = new StorePressure({ link, metrics, log, storeMaxBytes: settings.storeMaxBytes });
  const stores = createStores(link, node, settings, pressure);
  const liveness = new Liveness(monotonicMs);
  const { shards, controlFramesPerMinute } = settings;
  const floods = new FloodMemory({ controlFramesPerMinute, monotonicMs });
  const { clock } = link;
  const failed = (error: unknown) => failures.note(error);
  const watching = { monotonicMs, metrics, failed, liveness, floods, pressure };
  const sweeps = new Sweeps({ queue: stores.queue, metrics, monotonicMs });
  const base = { settings, node, shards, link, clock, tick, sweeps, ...watching };
  return { ...base, ...stores };
}

function createStores(link: RedisLink, node: string, settings: Settings, room: StorePressure) {
  const { queueMaxMessages, queueMaxBytes, minReplicas, requestsPerMinute, pointsPerMinute } = settings;
  const { claims, registrationsPerMinute, shards } = settings;
  const pressure = () => room.level();
  const contactRules = { pressure, budgetBytes: () => room.budgetBytes, shards };
  const allowance = { requestsPerMinute, pointsPerMinute };
  const queueRules = { maxMessages: queueMaxMessages, maxBytes: queueMaxBytes, minReplicas };
  return {
    allowance,
    limiter: new Limiter(link, allowance),
    queue: new MessageQueue(link, node, { ...queueRules, pressure }),
    registry: new Registry(link, node, { claims, registrationsPerMinute, pressure }),
    claims: new Claims(link, contactRules),
    forwarder: new Forwarder(link, node),
    directory: new NodeDirectory(link),
  };
}

type Base = ReturnType<typeof createBase> & { random: () => number; earlyFrames: EarlyFrames };

/** Who holds which device, and what it is handed: from the bottom to the top, each part over those that it needs. */
function createDelivery(base: Base, bandwidth: BandwidthMeter, outbox: Outbox, replies: Replies, asker: LiveAsker) {
  const doubtful = new DoubtfulConnections(base.tick);
  const deregistrations = new Deregistrations({ ...base, doubtful });
  const backpressure = new Backpressure({ ...base, doubtful });
  const slowStarts = new SlowStarts({ ...base, bandwidth, backpressure });
  const acknowledgements = new Acknowledgements({ ...base, deregistrations, doubtful, slowStarts });
  const implicitAcks = new ImplicitAcks(acknowledgements);
  const answers = new LiveAnswers({ ...base, asker });
  const handover = new LiveHandover({ ...base, outbox, answers, backpressure });
  const below = { outbox, backpressure, doubtful, slowStarts, acknowledgements, implicitAcks, handover };
  const delivery = new Delivery({ ...base, ...below, maxQueued: base.settings.queueMaxMessages });
  const offers = new LiveOffers({ ...base, answers, handover, backpressure, delivery });
  const sessions = new Sessions(base.node, deregistrations);
  const stays = new Stays({ ...base, doubtful });
  const unregistered = new UnregisteredConnections();
  const holding = { outbox, replies, unregistered, doubtful, sessions, stays, deregistrations, delivery, handover };
  const registrations = new Registrations({ ...base, ...holding });
  const checked = { sessions, registrations, deregistrations, acknowledgements, delivery, doubtful };
  const checks = new HolderChecks({ ...base, ...checked });
  return {
    slowStarts,
    acknowledgements,
    implicitAcks,
    answers,
    handover,
    delivery,
    offers,
    sessions,
    stays,
    registrations,
    checks,
    unregistered,
    doubtful,
  };
}

type Held = ReturnType<typeof createDelivery>;

/** What devices ask for, from their sockets to the queues of others. */
function createInbound(base: Base, bandwidth: BandwidthMeter, outbox: Outbox, replies: Replies, held: Held) {
  const { queueMaxBytes, maxTtlSeconds, maxFrameBytes, handshakeTimeoutSeconds } = base.settings;
  const { hidePresence, maxUnregistered, connectionsPerSecond: perSecond } = base.settings;
  const limits = new ConnectionLimits({ ...base, ...held, maxUnregistered, perSecond });
  const frames = new FrameMemory(base.tick);
  const router = new Router({ ...base, ...held, replies, frames, commandTimeoutMs, hidePresence });
  const admission = new Admission({ ...base, bandwidth, replies, router, queueMaxBytes });
  const challenges = new Challenges({ ...base, ...held, outbox, replies });
  const contactChanges = new ContactChanges({ ...base, ...held, outbox, replies });
  const asked = { outbox, replies, admission, challenges, contactChanges };
  const commands = { ...base, ...held, ...asked, maxTtlSeconds };
  const hub = new ConnectionHub({
    ...base,
    ...held,
    commands,
    limits,
    frames,
    replies,
    bandwidth,
    maxFrameBytes,
    handshakeTimeoutSeconds,
  });
  return { router, forwards: router.forwards, commands, hub, limits };
}

/** Makes the parts of an edge and tells each of those it needs. Nothing runs yet. */
export function createParts(
  settings: Settings,
  node: string,
  log: Log,
  mostPendingBytes: number,
  monotonicMs: () => number,
  random: () => number,
) {
  const earlyFrames = new EarlyFrames((connection, { message, frameBytes }) =>
    dispatchMessage(commands, connection, message, frameBytes),
  );
  const base = { ...createBase(settings, node, log, monotonicMs), random, earlyFrames };
  const { shards, tick, link, metrics, directory, liveness, failed, pressure } = base;
  const { redisUrl: url, controlFramesPerMinute } = settings;
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs });
  const bandwidth = new BandwidthMeter(new BandwidthLedger(link, node), settings, metrics);
  const outbox = new Outbox(tick, mostPendingBytes, bandwidth);
  const replies = new Replies({ outbox, metrics, controlFramesPerMinute, monotonicMs });
  const asker: LiveAsker = { answered: (number, outcome) => forwards.answered(number, outcome) };
  const held = createDelivery(base, bandwidth, outbox, replies, asker);
  const { router, forwards, commands, hub, limits } = createInbound(base, bandwidth, outbox, replies, held);
  const flusher = new MetricsFlusher(new MetricsWriter(link, node), metrics);
  const nodeStats = new NodeStats({ metrics, monotonicMs });
  const watched = { metrics, failed, flusher, directory, nodeStats, pressure };
  return { ...watched, link, inbox, bandwidth, liveness, ...held, router, forwards, hub, limits };
}

export type EdgeParts = ReturnType<typeof createParts>;
