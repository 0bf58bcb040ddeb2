import { type Holder, type HolderState, leaseMs, type RedisLink, type Registry } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import { type Connection, holdingOf } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import type { Acknowledgements } from '../delivery/acknowledgements';
import type { Delivery } from '../delivery/delivery';
import type { Deregistrations } from '../delivery/deregistrations';
import type { Registrations } from './registrations';
import type { Sessions } from './sessions';

/** `cursor` is the connection's when it was asked: a queue that had not got so far then has begun to count anew. */
type CheckRequest = Holder & { connection: Connection; cursor: number };

/** A call that renews as many leases takes Redis 2 ms. */
export const maxChecks = 128;
/** Of leases that are due, a part at a time: as many as were begun at once, after an outage, are renewed over ten minutes. */
export const renewals = { least: 64, parts: 40 };

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
  link: Pick<RedisLink, 'isAvailable'> & Lanes;
  registry: Pick<Registry, 'check'>;
  sessions: Sessions;
  registrations: Pick<Registrations, 'askAgain' | 'recover'>;
  deregistrations: Pick<Deregistrations, 'resend'>;
  acknowledgements: Acknowledgements;
  delivery: Delivery;
  doubtful: DoubtfulConnections;
  monotonicMs: () => number;
};

/**
 * Asks Redis about connections when something is doubtful, and at half their leases: a takeover or a wake-up that got lost, and a
 * call that failed, are found and put right by this. Nobody asks about a connection of which nothing is doubtful.
 */
export class HolderChecks {
  private readonly checks: Batch<CheckRequest, HolderState>;
  /** Whose check waits. One that is under way may have been answered before something more was lost. */
  private readonly waiting = new Set<Connection>();

  constructor(private readonly parts: HolderCheckParts) {
    const { tick, link, doubtful } = parts;
    tick.eachAsk(() => {
      for (const connection of doubtful.takeRefuted()) this.ask(connection); // before the checks leave
    });
    this.checks = new Batch(link, tick, {
      maxItems: maxChecks,
      maxWaiting: Number.POSITIVE_INFINITY, // one for each connection, which bounds them
      run: (lane, requests) => this.run(lane, requests),
      settled: (request, state) => this.settle(request, state),
      failed: ({ connection }) => doubtful.addFailed(connection),
    });
  }

  /** To be called about every second: what was lost is put right soon after it is found. */
  checkDoubtful(): void {
    const { link, doubtful, deregistrations, sessions } = this.parts;
    if (!link.isAvailable) return; // all is doubtful until it is
    deregistrations.resend();
    const { connections, shards } = doubtful.takeFailed();
    for (const connection of connections) this.ask(connection);
    if (shards.size === 0) return;
    for (const connection of sessions.connections) if (shards.has(connection.shard)) this.ask(connection);
  }

  /** To be called a few times a minute: the longer ago a lease was renewed, the further in front its connection is. */
  renewLeases(): void {
    const { link, sessions, monotonicMs } = this.parts;
    if (!link.isAvailable) return;
    const dueMs = monotonicMs() - leaseMs / 2;
    let left = Math.max(renewals.least, Math.ceil(sessions.size / renewals.parts));
    for (const connection of sessions.connections) {
      if (left === 0 || connection.holding.leasedAtMs > dueMs) return;
      if (isHolder(connection)) this.ask(connection);
      left -= 1;
    }
  }

  /** Of a session that Redis may not know yet it is asked what became of its registration. */
  private ask(connection: Connection): void {
    if (connection.isUnsure) {
      this.parts.registrations.askAgain(connection);
      this.parts.doubtful.addFailed(connection); // until it is sure
    } else if (isHolder(connection)) this.check(connection);
    else if (connection.state === 'registering') this.parts.doubtful.addFailed(connection);
  }

  private check(connection: Connection): void {
    if (this.waiting.has(connection)) return;
    this.waiting.add(connection);
    const { device, session, shard, progress } = connection;
    this.checks.add({ connection, shard, device, session, cursor: progress.cursor });
  }

  private run(lane: number, requests: CheckRequest[]): Promise<HolderState[]> {
    for (const { connection } of requests) this.waiting.delete(connection);
    return this.parts.registry.check(lane, requests.map(asItIs));
  }

  private settle({ connection, session, cursor }: CheckRequest, state: HolderState): void {
    const { registrations } = this.parts;
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
    this.noteRenewed(connection);
    this.parts.acknowledgements.sendAgain(connection);
    if (connection.state === 'registered') this.parts.delivery.repair(connection, seq);
  }

  /** A check before half time may have renewed nothing. */
  private noteRenewed(connection: Connection): void {
    const { monotonicMs, sessions } = this.parts;
    const holding = holdingOf(connection);
    if (holding.leasedAtMs > monotonicMs() - leaseMs / 2) return;
    holding.leasedAtMs = monotonicMs();
    sessions.add(connection);
  }
}
