import type { DeviceKey, Encoding } from '@openrelay/protocol';
import type { Socket } from '../sockets/transport';
import type { Challenge } from './challenge';
import type { ConnectionState } from './connection-state';
import { DeliveryProgress } from './delivery-progress';
import { FloodGuard } from './flood-guard';
import { Holding } from './holding';
import type { LiveOnly } from './live-only';
import type { SlowStart } from './slow-start';
import { SocketOutput } from './socket-output';

/** A part of a connection as rooms see it that do not own it: nothing in it can be changed. */
type View<Part> = {
  readonly [Key in keyof Part as Part[Key] extends (...given: never[]) => unknown ? never : Key]: Part[Key];
};

/**
 * What the edge keeps of one WebSocket. Each part has an owner, who alone asks for it in a form that can be changed (below).
 * Tens of thousands of connections are idle, so what few need is made when needed.
 */
export class Connection {
  readonly holding: View<Holding> = new Holding();
  readonly progress: View<Omit<DeliveryProgress, 'inFlight' | 'slowStart'>> & { readonly slowStart: View<SlowStart> } =
    new DeliveryProgress();
  readonly output: View<SocketOutput> = new SocketOutput();
  readonly liveOnly: LiveOnly | undefined;
  /** Until the device has answered it, or asks for something else. */
  readonly challenge: Challenge | undefined;

  readonly floodGuard: View<FloodGuard> = new FloodGuard();
  /** Redis said that its device has used its requests up: until then it need not be asked. By the monotonic clock. */
  readonly usedUpUntilMs: number = 0;
  /** Its messages that are being charged. */
  readonly chargesUnderWay: number = 0;

  constructor(
    readonly socket: Socket,
    readonly encoding: Encoding,
    readonly openedAtMs: number,
    /** The host that its device dialled, as its upgrade named it, in lower case; '' when it named none. */
    readonly host = '',
  ) {}

  get hardwareId(): string {
    return this.holding.hardwareId;
  }

  get device(): DeviceKey {
    return this.holding.device;
  }

  get shard(): number {
    return this.holding.shard;
  }

  get session(): string {
    return this.holding.session;
  }

  get state(): ConnectionState {
    return this.holding.state;
  }

  get isOpen(): boolean {
    return this.state !== 'closed';
  }

  /** Whether it has an id, so that it may make requests. */
  get isIdentified(): boolean {
    return this.state !== 'unregistered' && this.state !== 'closed';
  }

  /** Whether it has named a device and Redis has never said that it holds it: what it says may be in another's name. */
  get isUnconfirmed(): boolean {
    const { state, sinceMs } = this.holding;
    return (state === 'registering' || state === 'offline') && sinceMs === 0;
  }

  /** Whether Redis must be asked what became of its registration. */
  get isUnsure(): boolean {
    const { state, isUnsettled } = this.holding;
    return (state === 'registered' && this.progress.isRecovering) || (state === 'offline' && isUnsettled);
  }
}

/** For `holders/`. */
export const holdingOf = ({ holding }: Connection) => holding as Holding;

/** For `delivery/`. */
export const progressOf = ({ progress }: Connection) => progress as DeliveryProgress;

/** For `connection/`. */
export const outputOf = ({ output }: Connection) => output as SocketOutput;
export const floodGuardOf = ({ floodGuard }: Connection) => floodGuard as FloodGuard;

/** For the one file that changes the field. */
type Owned<Key extends keyof Connection> = { -readonly [Each in Key]: Connection[Each] };

/** For `delivery/live-handover.ts`. */
export const liveOnlyOf = (connection: Connection) => connection as Owned<'liveOnly'>;

/** For `inbound/challenges.ts`. */
export const challengeOf = (connection: Connection) => connection as Owned<'challenge'>;

/** For `inbound/admission.ts`. */
export const usedUpOf = (connection: Connection) => connection as Owned<'usedUpUntilMs'>;

/** For `inbound/turns.ts`. */
export const turnsOf = (connection: Connection) => connection as Owned<'chargesUnderWay'>;
