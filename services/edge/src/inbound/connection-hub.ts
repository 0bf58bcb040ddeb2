import type { Encoding } from '@openrelay/protocol';
import type { Metrics } from '@openrelay/telemetry';
import type { BandwidthMeter } from '../connection/bandwidth-meter';
import { Connection } from '../connection/connection';
import type { Replies } from '../connection/replies';
import type { Delivery } from '../delivery/delivery';
import type { Liveness } from '../holders/liveness';
import type { Registrations } from '../holders/registrations';
import type { Listener, Socket } from '../sockets/transport';
import type { CommandParts } from './commands/command';
import { dispatch } from './dispatch';

export type ConnectionHubParts = {
  commands: CommandParts;
  registrations: Registrations;
  delivery: Delivery;
  liveness: Liveness;
  replies: Replies;
  bandwidth: BandwidthMeter;
  metrics: Metrics;
  maxFrameBytes: number;
  handshakeTimeoutSeconds: number;
  /** A handler has thrown. */
  failed: (error: unknown) => void;
  monotonicMs: () => number;
};

/** All open connections of the node, registered or not: the transport tells it what their sockets do. */
export class ConnectionHub implements Listener<Connection> {
  readonly connections = new Set<Connection>();
  /** Further ones are refused before they are upgraded. */
  maxConnections = Number.POSITIVE_INFINITY;
  /** How many were refused so. */
  refusals = 0;
  private readonly newcomers = new Set<Connection>();

  constructor(private readonly parts: ConnectionHubParts) {}

  admits(): boolean {
    if (this.connections.size < this.maxConnections) return true;
    this.refusals += 1;
    this.parts.metrics.count('connections_refused');
    return false;
  }

  failed(error: unknown): void {
    this.parts.failed(error);
  }

  opened(socket: Socket, encoding: Encoding, host: string): Connection {
    const connection = new Connection(socket, encoding, this.parts.monotonicMs(), host);
    this.connections.add(connection);
    this.newcomers.add(connection);
    return connection;
  }

  frame(connection: Connection, bytes: ArrayBuffer, kind: 'text' | 'binary'): void {
    if (!connection.isOpen) return;
    const { bandwidth, maxFrameBytes, commands } = this.parts;
    bandwidth.count('in', bytes.byteLength);
    if (bytes.byteLength > maxFrameBytes) {
      connection.socket.close('tooBig', `a frame may have ${maxFrameBytes} bytes`);
      return;
    }
    dispatch(commands, connection, bytes, kind);
  }

  pinged(connection: Connection): void {
    this.parts.replies.allowControl(connection);
  }

  ponged(connection: Connection, text: string): void {
    this.parts.liveness.ponged(connection, text);
  }

  drained(connection: Connection): void {
    this.parts.delivery.resume(connection);
  }

  closed(connection: Connection): void {
    this.connections.delete(connection);
    this.newcomers.delete(connection);
    this.parts.registrations.close(connection);
  }

  /** Closes connections that have not registered in time. */
  closeUnregistered(): void {
    const lateMs = this.parts.monotonicMs() - this.parts.handshakeTimeoutSeconds * 1000;
    for (const connection of this.newcomers) {
      if (connection.holding.sinceMs > 0) this.newcomers.delete(connection);
      else if (connection.openedAtMs <= lateMs) this.closeUnregisteredOne(connection);
    }
  }

  /** A device that asked to register is not to blame that it could not: it should come back. */
  private closeUnregisteredOne(connection: Connection): void {
    if (connection.hardwareId === '') connection.socket.close('policy', 'register first, soon after connecting');
    else connection.socket.close('tryLater', 'the relay cannot register devices now');
  }
}
