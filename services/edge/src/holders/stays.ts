import { knownAfterSeconds, type Registry, type Stay, type Stayed } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import { type Connection, holdingOf } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';
import type { RegisteredAnswer } from './register-request';

type StayRequest = Stay & { connection: Connection };

export type StayParts = {
  tick: Tick;
  link: Lanes;
  registry: Pick<Registry, 'stay'>;
  monotonicMs: () => number;
  doubtful: DoubtfulConnections;
};

/** How long devices that are not known yet were connected altogether: Redis is told when that makes them known. */
export class Stays {
  private readonly stays: Batch<StayRequest, Stayed>;
  /** Registered or offline, and not known yet. */
  private readonly visitors = new Set<Connection>();

  constructor(private readonly parts: StayParts) {
    const { tick, link, registry } = parts;
    this.stays = new Batch(link, tick, {
      run: (lane, requests) => registry.stay(lane, requests),
      settled: (request, stayed) => this.settle(request, stayed),
      failed: (request) => this.takeBack(request),
    });
  }

  /** Redis has registered the connection, and said what it knows of the device. */
  begin(connection: Connection, { standing, connectedSeconds }: RegisteredAnswer): void {
    const holding = holdingOf(connection);
    // Redis forgot what it was told: it is told once more of the whole time.
    if (standing === 'seen' && holding.standing === 'known') holding.unreportedFromMs = connection.openedAtMs;
    holding.unreportedFromMs ??= this.parts.monotonicMs();
    holding.standing = standing;
    holding.connectedSeconds = connectedSeconds;
    if (standing === 'seen') this.visitors.add(connection);
    else this.visitors.delete(connection);
  }

  /** Reports to Redis those who have been connected for long enough. */
  reportDue(): void {
    for (const connection of this.visitors) {
      const { connectedSeconds } = connection.holding;
      if (connectedSeconds + this.unreportedSeconds(connection) >= knownAfterSeconds) this.report(connection);
    }
  }

  /** The connection ends. Answers for how many seconds it was there, and Redis was not told. */
  end(connection: Connection): number {
    return this.visitors.delete(connection) ? this.takeSeconds(connection) : 0;
  }

  private unreportedSeconds({ holding: { unreportedFromMs } }: Connection): number {
    return unreportedFromMs === undefined ? 0 : Math.floor((this.parts.monotonicMs() - unreportedFromMs) / 1000);
  }

  private takeSeconds(connection: Connection): number {
    const seconds = this.unreportedSeconds(connection);
    const holding = holdingOf(connection);
    if (holding.unreportedFromMs !== undefined) holding.unreportedFromMs += seconds * 1000;
    return seconds;
  }

  private report(connection: Connection): void {
    const { device, session, shard } = connection;
    const request = { connection, shard, device, session, seconds: this.takeSeconds(connection) };
    if (!this.stays.add(request)) this.takeBack(request);
  }

  private settle(request: StayRequest, stayed: Stayed): void {
    const holding = holdingOf(request.connection);
    if (stayed === 'gone') {
      this.takeBack(request);
      this.parts.doubtful.add(request.connection);
    } else if (stayed === 'seen') holding.connectedSeconds += request.seconds;
    else {
      holding.standing = 'known';
      this.visitors.delete(request.connection);
    }
  }

  /** It was not counted: it is told again, with what comes meanwhile. */
  private takeBack({ connection, seconds }: StayRequest): void {
    const holding = holdingOf(connection);
    if (holding.unreportedFromMs !== undefined) holding.unreportedFromMs -= seconds * 1000;
  }
}
