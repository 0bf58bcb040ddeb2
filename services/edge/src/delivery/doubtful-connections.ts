import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';

/** Connections of which Redis has said that they hold nothing. Whoever checks holders takes them at the end of the turn. */
export class DoubtfulConnections {
  private found = new Set<Connection>();

  constructor(private readonly tick: Tick) {}

  add(connection: Connection): void {
    this.found.add(connection);
    this.tick.schedule();
  }

  /** Those that were found since this was last called. */
  takeAll(): Iterable<Connection> {
    const { found } = this;
    if (found.size > 0) this.found = new Set();
    return found;
  }
}
