import type { Holder, HolderState, Registry } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { Acknowledgements } from '../delivery/acknowledgements';
import type { Delivery } from '../delivery/delivery';
import type { DoubtfulConnections } from '../delivery/doubtful-connections';
import type { Registrations } from './registrations';
import type { Sessions } from './sessions';

/** `cursor` is the connection's when it was asked: a queue that had not got so far then has begun to count anew. */
type CheckRequest = Holder & { connection: Connection; cursor: number };

/** The socket may have become backed up, or have drained, since the check was asked for. */
function asItIs({ connection, shard, device, session }: CheckRequest): Holder {
  const holder = { shard, device, session };
  if (connection.state === 'offline' && connection.session === session) return { ...holder, mark: 'offline' };
  return { ...holder, mark: connection.output.isBackpressured ? 'backpressured' : 'writable' };
}

function isHolder({ state }: Connection): boolean {
  return state === 'registered' || state === 'offline';
}

export type HolderCheckParts = {
  tick: Tick;
  link: Lanes;
  registry: Pick<Registry, 'check'>;
  sessions: Sessions;
  registrations: Pick<Registrations, 'askAgain' | 'recover'>;
  acknowledgements: Acknowledgements;
  delivery: Delivery;
  doubtful: DoubtfulConnections;
};

/** Asks Redis now and then about every connection: a takeover or a wake-up that got lost is found here. */
export class HolderChecks {
  private readonly checks: Batch<CheckRequest, HolderState>;
  /** Whose check waits or is under way. */
  private readonly beingChecked = new Set<Connection>();

  constructor(private readonly parts: HolderCheckParts) {
    const { tick, link, registry, doubtful } = parts;
    tick.eachAsk(() => {
      for (const connection of doubtful.takeAll()) this.ask(connection); // before the checks leave
    });
    this.checks = new Batch(link, tick, {
      maxItems: 256,
      maxWaiting: Number.POSITIVE_INFINITY, // one for each connection, which bounds them
      run: (lane, requests) => registry.check(lane, requests.map(asItIs)),
      settled: (request, state) => this.settle(request, state),
      failed: ({ connection }) => this.beingChecked.delete(connection),
    });
  }

  checkAll(): void {
    for (const connection of this.parts.sessions.connections) this.ask(connection);
  }

  /** A session that Redis may not know yet is not checked. */
  private ask(connection: Connection): void {
    if (connection.isUnsure) this.parts.registrations.askAgain(connection);
    else if (isHolder(connection)) this.check(connection);
  }

  private check(connection: Connection): void {
    if (this.beingChecked.has(connection)) return;
    this.beingChecked.add(connection);
    const { device, session, shard, progress } = connection;
    this.checks.add({ connection, shard, device, session, cursor: progress.cursor });
  }

  private settle({ connection, session, cursor }: CheckRequest, state: HolderState): void {
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
    this.parts.acknowledgements.sendAgain(connection);
    if (connection.state === 'registered') this.parts.delivery.repair(connection, seq);
  }
}
