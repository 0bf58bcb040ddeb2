import type { Tick } from '../batching/tick';
import type { Connection } from './connection';

/**
 * Connections that may not be in Redis as they are here. Whoever checks holders asks Redis about them: at the end of the turn
 * about those of which Redis has said that they hold nothing, soon about those for which a call failed.
 */
export class DoubtfulConnections {
  private refuted = new Set<Connection>();
  private failed = new Set<Connection>();
  private shards = new Set<number>();

  constructor(private readonly tick: Tick) {}

  /** Redis has said that it holds nothing. */
  add(connection: Connection): void {
    this.refuted.add(connection);
    this.tick.schedule();
  }

  /** Something that Redis was to be told of it, or to tell, failed, and is asked again until it succeeds. */
  addFailed(connection: Connection): void {
    if (connection.isOpen) this.failed.add(connection);
  }

  /** Something that was for some connections of these shards did not come, or nobody knows what became of it. */
  addShards(shards: Iterable<number>): void {
    for (const shard of shards) this.shards.add(shard);
  }

  /** Those of which Redis has said that they hold nothing, since this was last called. */
  takeRefuted(): ReadonlySet<Connection> {
    const { refuted } = this;
    if (refuted.size > 0) this.refuted = new Set();
    return refuted;
  }

  /** Those for which something failed, and the shards, since this was last called. */
  takeFailed(): { connections: ReadonlySet<Connection>; shards: ReadonlySet<number> } {
    const { failed: connections, shards } = this;
    if (connections.size > 0) this.failed = new Set();
    if (shards.size > 0) this.shards = new Set();
    return { connections, shards };
  }
}
