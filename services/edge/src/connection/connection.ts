import type { DeviceKey, Encoding } from '@openrelay/protocol';
import type { InFlight } from '../delivery/in-flight';
import type { Socket } from '../sockets/transport';
import type { LiveOnly } from './live-only';

/**
 * unregistered → registering → registered → offline → registering …, and closed from anywhere. An `offline` connection has
 * said `Status: Offline`: its socket is open, its messages queue.
 */
export type ConnectionState = 'unregistered' | 'registering' | 'registered' | 'offline' | 'closed';

/** What the edge keeps of one WebSocket. Tens of thousands of these are idle, so what few need is made when needed. */
export class Connection {
  state: ConnectionState = 'unregistered';
  readonly openedAtMs: number;

  /** As the device wrote it; '' until it registers. */
  hardwareId = '';
  device = '' as DeviceKey;
  shard = 0;
  /** Names this holding of the device in Redis; scripts do nothing for a session that is no longer the holder. */
  session = '';
  /** When it registered, by Redis's clock; 0 before. */
  sinceMs = 0;
  /** Registrations that are waiting or under way. */
  registersUnderWay = 0;
  /** It may be known to Redis by an earlier name: what it asked for under this one was refused, and may have been done. */
  isUnsettled = false;
  /** When its device was last known to be there, by the monotonic clock. */
  provenAtMs: number;
  /** Whether the device promised to ack whatever it receives. */
  acks = false;
  /** Whether it has acked anything at all. */
  hasAcked = false;

  /** The last number of its queue that it was handed. */
  cursor = 0;
  /** The highest number known to be in its queue. */
  wanted = 0;
  isPulling = false;
  /** Its socket is backed up: it reads from its queue only, as there is room. */
  isBehind = false;
  /** Registered anew after a lost connection to Redis; what it was handed is being matched with the queue. */
  isRecovering = false;
  /** It did so before: its queue may show again what it was handed, or acked. */
  hasRecovered = false;
  /** The queue's last number when it registered: up to it there may be what an earlier connection was handed. */
  backlogSeq = 0;
  /** Ids that the device acked, as it had them from an earlier connection, before they were handed over on this one. */
  ackedEarly: Set<string> | undefined;
  liveOnly: LiveOnly | undefined;
  /** Counts its recoveries: numbers of the queue from before the last mean nothing. */
  numbering = 0;
  /** The queue's last number at the check before, when it was ahead of the cursor. */
  suspectSeq = 0;
  handed: InFlight | undefined;
  /** Acks on their way to Redis. */
  acksUnderWay = 0;

  /** Frames for the end of this turn. */
  outbox: (string | Uint8Array)[] = [];
  outboxBytes = 0;
  /** Bytes that the socket held after the last write. */
  bufferedBytes = 0;

  /** Control frames and refused frames since `controlSinceMs`. */
  controlFrames = 0;
  controlSinceMs = 0;
  /** Until then every request is refused by the request limit, as Redis has said. */
  refusedUntilMs = 0;

  constructor(
    readonly socket: Socket,
    readonly encoding: Encoding,
    nowMs: number,
  ) {
    this.openedAtMs = nowMs;
    this.provenAtMs = nowMs;
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
    return (this.state === 'registered' && this.isRecovering) || (this.state === 'offline' && this.isUnsettled);
  }

  /** Bytes on their way to the device. */
  get pendingBytes(): number {
    return this.outboxBytes + this.bufferedBytes;
  }
}
