import type { Connection } from './connection';

/** Connections that hold no device yet. */
export class UnregisteredConnections {
  private readonly all = new Set<Connection>();

  get count(): number {
    return this.all.size;
  }

  add(connection: Connection): void {
    this.all.add(connection);
  }

  /** It holds a device, or is gone. */
  delete(connection: Connection): void {
    this.all.delete(connection);
  }

  /** Those that were opened by then. */
  *openedBy(ms: number): Iterable<Connection> {
    for (const connection of this.all) {
      if (connection.openedAtMs > ms) return; // oldest first
      yield connection;
    }
  }
}
