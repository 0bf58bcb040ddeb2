import type { Holder, HolderState, Registry } from '@openrelay/state';
import type { Metrics } from '@openrelay/telemetry';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { Delivery } from '../delivery/delivery';
import type { Registrations } from './registrations';

/** `cursor` is the connection's when it was asked: a queue that had not got so far then has begun to count anew. */
type CheckRequest = Holder & { connection: Connection; cursor: number };

/** The socket may have become backed up, or have drained, since the check was asked for. */
function asItIs({ connection, device, session }: CheckRequest): Holder {
  if (connection.state === 'offline' && connection.session === session) return { device, session, mark: 'offline' };
  return { device, session, mark: connection.isBehind ? 'behind' : 'keeping up' };
}

function isHolder({ state }: Connection): boolean {
  return state === 'registered' || state === 'offline';
}

export type HolderCheckParts = {
  tick: Tick;
  shards: number;
  registry: Registry;
  registrations: Registrations;
  delivery: Delivery;
  metrics: Metrics;
};

/** Asks Redis now and then about every connection: a takeover or a wake-up that got lost is found here. */
export class HolderChecks {
  private readonly checks: Batch<CheckRequest, HolderState>;
  /** Whose check waits or is under way. */
  private readonly beingChecked = new Set<Connection>();

  constructor(private readonly parts: HolderCheckParts) {
    const { tick, shards, registry } = parts;
    this.checks = new Batch(shards, tick, {
      maxItems: 256,
      maxWaiting: Number.POSITIVE_INFINITY, // one for each connection, which bounds them
      run: (shard, requests) => registry.check(shard, requests.map(asItIs)),
      settled: (request, state) => this.take(request, state),
      failed: ({ connection }) => this.beingChecked.delete(connection),
    });
  }

  checkAll(): void {
    const { registrations } = this.parts;
    for (const connection of registrations.connections) {
      if (connection.isUnsure) registrations.resume(connection);
      else if (isHolder(connection)) this.check(connection);
    }
  }

  /** A connection may hold nothing any more: find out what became of its device. */
  check(connection: Connection): void {
    if (this.beingChecked.has(connection)) return;
    this.beingChecked.add(connection);
    const { device, session, cursor, shard } = connection;
    this.checks.add(shard, { connection, device, session, cursor });
  }

  private take({ connection, session, cursor }: CheckRequest, state: HolderState): void {
    const { registrations } = this.parts;
    this.beingChecked.delete(connection);
    if (connection.session !== session || !isHolder(connection)) return;
    switch (state.status) {
      case 'replaced': // by one that is newer or, when Redis lost what came last, by one that is older: it knows which
      case 'lost':
        registrations.recover(connection);
        return;
      case 'holds':
        if (state.seq < cursor) registrations.recover(connection);
        else this.goOn(connection, state.seq);
    }
  }

  private goOn(connection: Connection, seq: number): void {
    this.parts.delivery.acks.sendAgain(connection);
    this.repair(connection, seq);
  }

  /** A queue that was ahead at two checks in a row, and of which nothing was heard, lost its wake-up. */
  private repair(connection: Connection, seq: number): void {
    if (connection.state === 'offline') return;
    const isStuck = connection.suspectSeq > connection.cursor && !connection.isBehind && !connection.isPulling;
    connection.suspectSeq = seq > connection.cursor ? seq : 0;
    if (!isStuck) return;
    this.parts.metrics.count('wakeup_repairs');
    this.parts.delivery.wake(connection, seq);
  }
}
