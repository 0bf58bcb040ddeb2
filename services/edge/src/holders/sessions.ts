import type { DeviceKey } from '@openrelay/protocol';
import { connectionOf } from '@openrelay/state';
import { type Connection, holdingOf } from '../connection/connection';
import type { Deregistrations } from '../delivery/deregistrations';

/** The names under which connections of this node hold devices in Redis. */
export class Sessions {
  /** By what all sessions of a connection have in common; last the one that was added, or whose lease was renewed, last. */
  private readonly byHolder = new Map<string, Connection>();
  private holders = 0;
  private named = 0;

  constructor(
    private readonly node: string,
    private readonly deregistrations: Deregistrations,
  ) {}

  /** All connections that may hold a device, first those whose leases were begun or renewed longest ago. */
  get connections(): Iterable<Connection> {
    return this.byHolder.values();
  }

  get size(): number {
    return this.byHolder.size;
  }

  /**
   * The connection that has this session, of which scripts and other nodes speak. A session that no connection of this node
   * has, as when its end could not be told while Redis was unavailable, is taken off its device: else what is for live
   * connections alone would vanish here.
   */
  findOrDeregister(device: DeviceKey, session: string): Connection | undefined {
    const connection = this.findHolder(session);
    if (connection) return connection.session === session ? connection : undefined;
    if (!this.deregistrations.isOver(session)) this.deregistrations.deregister(device, session);
    return undefined;
  }

  /** The connection that has this session, or had it. */
  findHolder(session: string): Connection | undefined {
    return this.byHolder.get(connectionOf(session));
  }

  /** Gives the connection a new session, so that nothing on its way under the old one counts any more. */
  startSession(connection: Connection): void {
    const holding = holdingOf(connection);
    if (holding.session === '') this.holders += 1;
    const holder = holding.session === '' ? `${this.node}.${this.holders}` : connectionOf(holding.session);
    this.named += 1;
    holding.session = `${holder}.${this.named}`;
    this.add(connection);
  }

  /** As the last: its lease has just begun, or was renewed. */
  add(connection: Connection): void {
    const holder = connectionOf(connection.session);
    this.byHolder.delete(holder);
    this.byHolder.set(holder, connection);
  }

  remove(connection: Connection): void {
    this.byHolder.delete(connectionOf(connection.session));
  }
}
