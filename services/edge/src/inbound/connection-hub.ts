import { challengeMs, type Encoding, type PlainPlatform } from '@openrelay/protocol';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import { Connection } from '../connection/connection';
import type { FrameMemory } from '../connection/frame-memory';
import type { Replies } from '../connection/replies';
import type { UnregisteredConnections } from '../connection/unregistered-connections';
import type { Delivery } from '../delivery/delivery';
import type { SlowStarts } from '../delivery/slow-starts';
import type { Liveness } from '../holders/liveness';
import type { Registrations } from '../holders/registrations';
import type { Listener, NotTaken, Socket } from '../sockets/transport';
import type { CommandParts } from './commands/command';
import type { ConnectionLimits } from './connection-limits';
import { dispatch, dispatchMessage, plainPlatform, readPlain } from './dispatch';
import { HeavyFrames } from './heavy-frames';

/** A `Register` with a key and a succession has less than a quarter of this. Whoever has named no device has nothing larger to say. */
const largestFirstBytes = 4096;

export type ConnectionHubParts = {
  commands: CommandParts;
  limits: ConnectionLimits;
  frames: FrameMemory;
  unregistered: UnregisteredConnections;
  registrations: Registrations;
  delivery: Delivery;
  slowStarts: SlowStarts;
  liveness: Liveness;
  replies: Replies;
  bandwidth: BandwidthMeter;
  maxFrameBytes: number;
  handshakeTimeoutSeconds: number;
  /** A handler has thrown. */
  failed: (error: unknown) => void;
  monotonicMs: () => number;
};

/** All open connections of the node, registered or not: the transport tells it what their sockets do. */
export class ConnectionHub implements Listener<Connection> {
  readonly connections = new Set<Connection>();
  private readonly heavyFrames: HeavyFrames;
  private readonly platform: PlainPlatform;

  constructor(private readonly parts: ConnectionHubParts) {
    const { commands, replies, frames } = parts;
    this.platform = plainPlatform(frames);
    this.heavyFrames = new HeavyFrames({
      allow: (connection, counts) => replies.allowHeavy(connection, counts),
      dispatch: (connection, bytes, kind) => dispatch(commands, connection, bytes, kind),
      failed: (connection, error) => {
        this.failed(error);
        connection.socket.close('failed', 'the relay failed');
      },
    });
  }

  admit(): 'taken' | NotTaken {
    return this.parts.limits.admit(this.connections.size);
  }

  failed(error: unknown): void {
    this.parts.failed(error);
  }

  opened(socket: Socket, encoding: Encoding, host: string): Connection {
    const connection = new Connection(socket, encoding, this.parts.monotonicMs(), host);
    this.connections.add(connection);
    this.parts.unregistered.add(connection);
    return connection;
  }

  /** HOT PATH, in. */
  frame(connection: Connection, bytes: ArrayBuffer, kind: 'text' | 'binary'): void {
    if (!connection.isOpen) return;
    const { bandwidth, maxFrameBytes, commands } = this.parts;
    bandwidth.count('in', bytes.byteLength);
    if (bytes.byteLength > maxFrameBytes) {
      connection.socket.close('tooBig', `a frame may have ${maxFrameBytes} bytes`);
      return;
    }
    if (!connection.isIdentified && bytes.byteLength > largestFirstBytes) {
      this.closeUnregisteredOne(connection, `register first: until then a frame may have ${largestFirstBytes} bytes`);
      return;
    }
    const mustWait = this.heavyFrames.hasBacklog(connection);
    const plain = mustWait ? undefined : readPlain(this.platform, connection, bytes, kind);
    if (plain) dispatchMessage(commands, connection, plain, bytes.byteLength);
    else if (!this.heavyFrames.holdBack(connection, bytes, kind)) dispatch(commands, connection, bytes, kind);
  }

  pinged(connection: Connection): void {
    this.parts.replies.allowControl(connection);
  }

  ponged(connection: Connection, text: string): void {
    this.parts.liveness.ponged(connection, text);
    this.parts.slowStarts.ponged(connection, text);
    this.parts.replies.allowControl(connection);
  }

  drained(connection: Connection): void {
    this.parts.commands.outbox.drained(connection);
    this.parts.delivery.resume(connection);
  }

  closed(connection: Connection): void {
    this.connections.delete(connection);
    this.parts.unregistered.delete(connection);
    this.heavyFrames.forget(connection);
    this.parts.slowStarts.forget(connection);
    this.parts.commands.floods.remember(connection);
    this.parts.registrations.close(connection);
  }

  /** Closes connections that have not registered in time. */
  closeUnregistered(): void {
    const nowMs = this.parts.monotonicMs();
    const lateMs = nowMs - this.parts.handshakeTimeoutSeconds * 1000;
    for (const connection of this.parts.unregistered.openedBy(lateMs)) {
      // It is asked for its proof, and may take as long as it was told; not longer for asking again.
      const isChallenged = connection.challenge !== undefined && nowMs <= connection.challenge.deadlineMs;
      if (isChallenged && connection.openedAtMs > lateMs - challengeMs) continue;
      this.closeUnregisteredOne(connection, 'register first, soon after connecting');
    }
  }

  /** A device that asked to register is not to blame that it could not: it should come back. */
  private closeUnregisteredOne(connection: Connection, policy: string): void {
    if (connection.hardwareId === '') connection.socket.close('policy', policy);
    else connection.socket.close('tryLater', 'the relay cannot register devices now');
  }
}
