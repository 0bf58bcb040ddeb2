import type { DeviceKey, Encoding } from '@openrelay/protocol';
import type { Socket } from '../sockets/transport';
import { AckProgress } from './ack-progress';
import type { ConnectionState } from './connection-state';
import { FloodGuard } from './flood-guard';
import { Holding } from './holding';
import type { InFlight } from './in-flight';
import type { LiveOnly } from './live-only';
import { QueueReading } from './queue-reading';
import type { RequestWindow } from './request-window';
import { SocketOutput } from './socket-output';

/** A part of a connection as rooms see it that do not own it: nothing in it can be changed. */
type View<Part> = {
  readonly [Key in keyof Part as Part[Key] extends (...given: never[]) => unknown ? never : Key]: Part[Key];
};

/** Of a connection that was sent nothing, and acked nothing. */
const noAcks = new AckProgress();

/**
 * What the edge keeps of one WebSocket. Each part has an owner, who alone asks for it in a form that can be changed. Tens of
 * thousands of connections are idle, so what few need is made when needed.
 */
export class Connection {
  private readonly ownHolding = new Holding();
  private readonly ownReading = new QueueReading();
  private ownAcks: AckProgress | undefined;
  private readonly ownOutput = new SocketOutput();

  liveOnly: LiveOnly | undefined;

  readonly floodGuard = new FloodGuard();
  /** Its device has used its requests up. */
  usedUp: RequestWindow | undefined;

  constructor(
    readonly socket: Socket,
    readonly encoding: Encoding,
    readonly openedAtMs: number,
  ) {}

  /** For `holders/`. */
  static holdingOf(connection: Connection): Holding {
    return connection.ownHolding;
  }

  /** For `delivery/`. */
  static readingOf(connection: Connection): QueueReading {
    return connection.ownReading;
  }

  /** For `delivery/`. */
  static acksOf(connection: Connection): AckProgress {
    connection.ownAcks ??= new AckProgress();
    return connection.ownAcks;
  }

  /** For `delivery/`: nothing is made for asking. */
  static inFlightOf(connection: Connection): InFlight | undefined {
    return connection.ownAcks?.inFlight;
  }

  /** For `connection/`. */
  static outputOf(connection: Connection): SocketOutput {
    return connection.ownOutput;
  }

  get holding(): View<Holding> {
    return this.ownHolding;
  }

  get reading(): View<QueueReading> {
    return this.ownReading;
  }

  get acks(): View<Omit<AckProgress, 'inFlight'>> {
    return this.ownAcks ?? noAcks;
  }

  get output(): View<SocketOutput> {
    return this.ownOutput;
  }

  get hardwareId(): string {
    return this.ownHolding.hardwareId;
  }

  get device(): DeviceKey {
    return this.ownHolding.device;
  }

  get shard(): number {
    return this.ownHolding.shard;
  }

  get session(): string {
    return this.ownHolding.session;
  }

  get state(): ConnectionState {
    return this.ownHolding.state;
  }

  get isOpen(): boolean {
    return this.state !== 'closed';
  }

  /** Whether it has an id, so that it may make requests. */
  get isIdentified(): boolean {
    return this.state !== 'unregistered' && this.state !== 'closed';
  }

  /** Whether Redis must be asked what became of its registration. */
  get isUnsure(): boolean {
    const { state, isUnsettled } = this.ownHolding;
    return (state === 'registered' && this.ownReading.isRecovering) || (state === 'offline' && isUnsettled);
  }
}
