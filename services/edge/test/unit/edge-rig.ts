import type { DeviceKey } from '@openrelay/protocol';
import { type Digest, digestOf, type Forwarder, type MessageQueue, type Registry } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { Tick } from '../../src/batching/tick';
import { Backpressure } from '../../src/connection/backpressure';
import type { BandwidthMeter } from '../../src/connection/bandwidth-meter';
import { Connection, holdingOf } from '../../src/connection/connection';
import type { ConnectionState } from '../../src/connection/connection-state';
import { DoubtfulConnections } from '../../src/connection/doubtful-connections';
import { Outbox } from '../../src/connection/outbox';
import { Acknowledgements } from '../../src/delivery/acknowledgements';
import { Delivery } from '../../src/delivery/delivery';
import { Deregistrations } from '../../src/delivery/deregistrations';
import { ImplicitAcks } from '../../src/delivery/implicit-acks';
import { LiveAnswers, type LiveAsker } from '../../src/delivery/live-answers';
import { LiveHandover } from '../../src/delivery/live-handover';
import { LiveOffers } from '../../src/delivery/live-offers';
import { SlowStarts } from '../../src/delivery/slow-starts';
import type { Socket } from '../../src/sockets/transport';

/** What Redis is asked for the connections of a node. */
type Asked = Pick<MessageQueue, 'pull' | 'acknowledge'> &
  Pick<Registry, 'mark' | 'deregister'> &
  Pick<Forwarder, 'answer' | 'fetch'>;

/** Of a message of this id to the device 'D', whatever case the id is written in. */
export function digestFor(id: string, sender = 'S'): Digest {
  return digestOf('D' as DeviceKey, sender, id);
}

/** By the clock of the rig. */
export const nowMs = 1000;

const nothing: Asked = {
  pull: async (_, readers) =>
    readers.map(({ cursor }) => ({ status: 'page', messages: [], cursor, more: false, expired: 0, unreadable: 0 })),
  acknowledge: async (_, acks) => acks.map(() => 'taken'),
  mark: async () => 0,
  deregister: async () => 0,
  answer: async () => 0,
  fetch: async (wanted) => wanted.map(() => undefined),
};

/** A socket whose device reads all that is written, or none of it when `buffered` says how much waits. */
export function openSocket(written: (string | Uint8Array)[] = [], buffered = () => 0): Socket {
  return {
    send(frame) {
      written.push(frame);
      return 'taken';
    },
    corked: (sendAll) => sendAll(),
    bufferedBytes: buffered,
    ping: () => undefined,
    close: () => undefined,
    cut: () => undefined,
  };
}

/** A connection of the device 'D', in its session 's.1' or another. */
export function connectionIn(state: ConnectionState, socket = openSocket(), session = 's.1'): Connection {
  const connection = new Connection(socket, 'json', 0);
  const holding = holdingOf(connection);
  if (state !== 'unregistered') {
    holding.identify('D', 'D' as DeviceKey, 0, true);
    holding.session = session;
    holding.on('attempted');
  }
  if (state === 'registered') holding.on('confirmed');
  if (state === 'offline') holding.on('wentOffline');
  if (state === 'closed') holding.on('closed');
  return connection;
}

const nobody: LiveAsker = { answered: () => undefined };

/** All that brings messages out, over a Redis that does what is given, and nothing else. */
export function deliveryRig(
  redis: Partial<Asked> = {},
  asker: LiveAsker = nobody,
  bandwidth: Pick<BandwidthMeter, 'count'> = { count: () => undefined },
  monotonicMs = () => nowMs,
) {
  const stores = { ...nothing, ...redis };
  const tick = new Tick((asks) => asks());
  const link = { laneOf: () => 0, lanes: () => 1 };
  const base = { tick, link, directory: { size: 1 }, shards: 1, clock: { now: () => nowMs }, metrics: createMetrics() };
  const parts = { ...base, queue: stores, registry: stores, forwarder: stores, maxQueued: 10 };
  const outbox = new Outbox(tick, Number.POSITIVE_INFINITY, bandwidth);
  const doubtful = new DoubtfulConnections(tick);
  const backpressure = new Backpressure({ ...parts, doubtful });
  const deregistrations = new Deregistrations({ ...parts, doubtful });
  const slowStarts = new SlowStarts({ ...parts, bandwidth, backpressure, random: Math.random, monotonicMs });
  const acknowledgements = new Acknowledgements({ ...parts, deregistrations, doubtful, slowStarts });
  const implicitAcks = new ImplicitAcks(acknowledgements);
  const answers = new LiveAnswers({ ...parts, asker });
  const handover = new LiveHandover({ ...parts, outbox, answers, backpressure });
  const below = { outbox, backpressure, doubtful, slowStarts, acknowledgements, implicitAcks, handover };
  const failures: unknown[] = [];
  const delivery = new Delivery({ ...parts, ...below, failed: (error) => void failures.push(error) });
  const offers = new LiveOffers({ ...parts, answers, handover, backpressure, delivery });
  return { ...base, ...below, deregistrations, answers, delivery, offers, failures };
}
