import type { Tick } from '../batching/tick';
import type { Backpressure } from '../connection/backpressure';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import { type Connection, progressOf } from '../connection/connection';
import type { InFlightMessage } from '../connection/in-flight';

/** Messages of which a ping is to tell whether the device has read as far as them. */
type Probe = { word: string; sentAtMs: number; messages: InFlightMessage[] };

/** A device that has shown nothing for so long takes nothing for now: senders of live-only messages are told so. */
export const stuckMs = 500;

export type SlowStartParts = {
  tick: Tick;
  bandwidth: Pick<BandwidthMeter, 'count'>;
  backpressure: Backpressure;
  random: () => number;
  monotonicMs: () => number;
};

/**
 * HOT PATH. Holds back what goes beyond a connection's slow start. What shows that a device receives is its acks, implicit
 * ones among them; and, so that a device that acks late or never is held up by one round trip and no more, its answer to a
 * ping that was sent behind the messages. Their bytes count for the month then: until a device has shown that it receives,
 * all that it was sent may lie in buffers of this machine.
 */
export class SlowStarts {
  private toProbe: Connection[] = [];
  private freed: Connection[] = [];
  private readonly probes = new Map<Connection, Probe>();

  /** To be made after what writes to sockets at the end of a turn. */
  constructor(private readonly parts: SlowStartParts) {
    parts.tick.eachWrite(() => this.probeAll());
  }

  /** Answers whether nothing more may be handed to the connection, until it shows that it received something. */
  hold(connection: Connection): boolean {
    const { slowStart } = progressOf(connection);
    if (!slowStart.isFull) return false;
    if (!slowStart.isHeld && !this.probes.has(connection)) this.probeSoon(connection);
    slowStart.isHeld = true;
    return true;
  }

  /** A message in flight was acked, or counts as that. */
  received(connection: Connection, message: InFlightMessage): void {
    const { unprovenBytes } = message;
    if (unprovenBytes === 0) return;
    message.unprovenBytes = 0;
    const { slowStart } = progressOf(connection);
    if (slowStart.isOver) return; // all was counted then
    slowStart.receive(unprovenBytes);
    this.parts.bandwidth.count('out', unprovenBytes + (slowStart.isOver ? slowStart.unprovenBytes : 0));
    if (!slowStart.isHeld || slowStart.isFull) return;
    slowStart.isHeld = false;
    slowStart.isStuck = false;
    this.freed.push(connection);
    this.parts.tick.schedule();
  }

  /** The device has answered a ping, with what the ping said. */
  ponged(connection: Connection, said: string): void {
    const probe = this.probes.get(connection);
    if (probe?.word !== said) return;
    this.probes.delete(connection);
    for (const message of probe.messages) this.received(connection, message);
    // Acks had been faster, and it is held again by messages behind that ping.
    if (connection.progress.slowStart.isHeld) this.probeSoon(connection);
  }

  /** Connections that may be handed more since this was last called. */
  takeFreed(): readonly Connection[] {
    const { freed } = this;
    if (freed.length > 0) this.freed = [];
    return freed;
  }

  /** To be called a few times a second. */
  findStuck(): void {
    const lateMs = this.parts.monotonicMs() - stuckMs;
    for (const [connection, { sentAtMs }] of this.probes) {
      const { slowStart } = progressOf(connection);
      if (sentAtMs > lateMs || !slowStart.isHeld || slowStart.isStuck) continue;
      slowStart.isStuck = true;
      this.parts.backpressure.pause(connection);
    }
  }

  forget(connection: Connection): void {
    this.probes.delete(connection);
  }

  private probeSoon(connection: Connection): void {
    this.toProbe.push(connection);
    this.parts.tick.schedule();
  }

  private probeAll(): void {
    if (this.toProbe.length === 0) return;
    const connections = this.toProbe;
    this.toProbe = [];
    for (const connection of connections) if (connection.isOpen) this.probe(connection);
  }

  /** The word is such that it cannot be said without having been read. */
  private probe(connection: Connection): void {
    const { inFlight } = progressOf(connection);
    const messages = Array.from(inFlight?.messages() ?? []).filter(({ unprovenBytes }) => unprovenBytes > 0);
    if (messages.length === 0) return; // its answer would show nothing
    const word = this.parts.random().toString(36).slice(2);
    this.probes.set(connection, { word, sentAtMs: this.parts.monotonicMs(), messages });
    connection.socket.ping(word);
  }
}
