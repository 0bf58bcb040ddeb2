import type { Settings } from '@openrelay/config';
import { bytesPerPoint, encodeRegisterResponse } from '@openrelay/protocol';
import {
  BandwidthLedger,
  Forwarder,
  Inbox,
  Limiter,
  MessageQueue,
  MetricsStore,
  NodeDirectory,
  RedisLink,
  type Registered,
  Registry,
} from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { Admission } from './admission';
import { BandwidthMeter } from './bandwidth-meter';
import type { CommandParts } from './commands/command';
import type { Connection } from './connection';
import { Delivery } from './deliver';
import { Door } from './door';
import { HolderChecks } from './holder-checks';
import { MetricsFlusher } from './metrics-flusher';
import { Outbox } from './outbox';
import { redisAway } from './refusals';
import { Registrations } from './registrations';
import { Replies } from './replies';
import { Routing } from './routing';
import { Tick } from './tick';
import { Vitals } from './vitals';

/** How long Redis may take before it counts as away; a device is answered 503 within a second. */
const commandTimeoutMs = 800;

type Answer = Extract<Registered, { status: 'registered' }>;

/** What a device is told when it registers; limits that are switched off are 0, and so is what is left of them. */
function welcome(settings: Settings, outbox: Outbox, connection: Connection, answer: Answer): void {
  const { requestsPerMinute, pointsPerMinute, maxFrameBytes, queueMaxBytes, maxTtlSeconds } = settings;
  const pointBytes = pointsPerMinute === 0 ? Number.POSITIVE_INFINITY : pointsPerMinute * bytesPerPoint;
  const frame = encodeRegisterResponse(connection.encoding, connection.hardwareId, {
    requests_per_minute: requestsPerMinute,
    requests_left: Math.max(0, requestsPerMinute - answer.requestsUsed),
    points_per_minute: pointsPerMinute,
    points_left: Math.max(0, pointsPerMinute - answer.pointsUsed),
    max_message_bytes: Math.min(pointBytes, maxFrameBytes, queueMaxBytes),
    max_ttl_seconds: maxTtlSeconds,
    queued: answer.depth,
  });
  outbox.add(connection, frame);
}

/** Makes the parts of an edge and tells each of those it needs. Nothing runs yet. */
export function createParts(settings: Settings, node: string, mostPendingBytes: number, monotonicMs: () => number) {
  const { shards, redisUrl: url, requestsPerMinute, pointsPerMinute, controlFramesPerMinute } = settings;
  const metrics = createMetrics();
  const link = new RedisLink({
    url,
    commandTimeoutMs,
    monotonicMs,
    onCall: (script, tookMs) => {
      metrics.count('script_calls', script);
      metrics.observe('script_duration_seconds', tookMs / 1000, script);
    },
  });
  const tick = new Tick((asks) => link.together(asks));
  const inbox = new Inbox(link, { url, node, shards, commandTimeoutMs, monotonicMs });
  const bandwidth = new BandwidthMeter(new BandwidthLedger(link, node), settings, metrics);
  const outbox = new Outbox(tick, mostPendingBytes, {
    wrote: (bytes) => bandwidth.count('out', bytes),
    wroteBehind: (connection) => delivery.drained(connection),
    unusable: (connection) => connection.socket.close('tryLater', 'this connection reads too slowly'),
  });
  const { refuse, allowControl } = new Replies({ outbox, metrics, controlFramesPerMinute, monotonicMs });
  const { queueMaxMessages: maxMessages, queueMaxBytes: maxBytes, minReplicas } = settings;
  const queue = new MessageQueue(link, node, { maxMessages, maxBytes, minReplicas });
  const registry = new Registry(link, node);
  const registrations = new Registrations(
    { tick, node, shards, registry, queue, metrics },
    {
      registered: (connection, answer) => welcome(settings, outbox, connection, answer),
      refused: (connection) => refuse(connection, redisAway()),
    },
  );
  const delivery = new Delivery(
    { tick, shards, link, queue, outbox, metrics, maxQueued: settings.queueMaxMessages },
    {
      backpressure: (connection, mark) => registrations.mark(connection, mark),
      settledAcks: (connection) => registrations.depart(connection, 'closed'),
      gone: (connection) => checks.check(connection),
    },
  );
  registrations.attach(delivery);
  const checks = new HolderChecks({ tick, shards, registry, registrations, delivery, metrics });
  const forwarder = new Forwarder(link, node);
  const shared = { tick, shards, link, queue, outbox, metrics, registrations, delivery, refuse };
  const routing = new Routing({ ...shared, node, forwarder, commandTimeoutMs });
  const allowance = { requestsPerMinute, pointsPerMinute };
  const limiter = new Limiter(link, allowance);
  const { queueMaxBytes } = settings;
  const admission = new Admission({ tick, shards, limiter, allowance, bandwidth, queueMaxBytes, monotonicMs, refuse });
  const { maxTtlSeconds, maxFrameBytes, handshakeTimeoutSeconds } = settings;
  const commands: CommandParts = {
    registrations,
    admission,
    routing,
    delivery,
    outbox,
    maxTtlSeconds,
    refuse,
    allowControl,
  };
  const door = new Door({ commands, bandwidth, metrics, maxFrameBytes, handshakeTimeoutSeconds, monotonicMs });
  const flusher = new MetricsFlusher(new MetricsStore(link, node), metrics);
  const directory = new NodeDirectory(link);
  const vitals = new Vitals({ node, directory, metrics, monotonicMs });
  const watched = { metrics, flusher, directory, vitals };
  return { ...watched, link, inbox, bandwidth, outbox, registrations, checks, delivery, routing, door };
}

export type EdgeParts = ReturnType<typeof createParts>;
