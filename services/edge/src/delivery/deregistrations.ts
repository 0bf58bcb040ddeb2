import type { DeviceKey } from '@openrelay/protocol';
import {
  type Deregistration,
  fairShare,
  mayHaveRun,
  type NodeDirectory,
  type RedisLink,
  type Registry,
  shardOf,
} from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';
import type { Connection } from '../connection/connection';
import type { DoubtfulConnections } from '../connection/doubtful-connections';

/** `connection` is one that is offline; `older` is one that the session took its device from. */
type Request = Deregistration & { connection?: Connection; older?: Connection | undefined };

/** Ends of sessions that wait for Redis to be told again. Those beyond end with their leases, or when something is published to them. */
export const mostUntold = 65_536;

export type DeregistrationParts = {
  tick: Tick;
  link: Lanes & Pick<RedisLink, 'lanes'>;
  shards: number;
  registry: Pick<Registry, 'deregister'>;
  directory: Pick<NodeDirectory, 'size'>;
  doubtful: DoubtfulConnections;
};

/** Tells Redis which sessions are over, after their last acks, or take no messages for now. */
export class Deregistrations {
  /** Sessions that are over, of which Redis is being told, or will be; each with the seconds of it that Redis does not know of. */
  private readonly over = new Map<string, number>();
  /** Those of which Redis could not be told. */
  private untold: Request[] = [];
  private readonly deregistrations: Batch<Request>;

  constructor(private readonly parts: DeregistrationParts) {
    const { tick, link, shards, directory, registry, doubtful } = parts;
    this.deregistrations = new Batch(link, tick, {
      get mostUnderWay() {
        return fairShare(directory.size, link.lanes(shards)); // the connections of all edges may be cut at once
      },
      run: (lane, requests) => registry.deregister(lane, requests),
      settled: ({ session, older }) => {
        this.over.delete(session);
        if (older?.isOpen) doubtful.add(older); // nobody holds its device now
      },
      // Seconds that may have been counted are not counted twice.
      failed: (request, error) => this.keep(mayHaveRun(error) ? { ...request, seconds: 0 } : request),
    });
  }

  get isIdle(): boolean {
    return this.deregistrations.isIdle;
  }

  /**
   * The session is over.
   * @param seconds for which the device was connected, and Redis was not told
   * @param older from which the session took the device; Redis is asked about it when it has been told, and not before: it would
   * take the session for the newer one
   */
  deregister(device: DeviceKey, session: string, seconds = this.over.get(session) ?? 0, older?: Connection): void {
    if (session === '') return;
    this.over.set(session, 0);
    this.add({ device, session, manner: 'closed', seconds, older });
  }

  /** The session is over, and Redis is to be told when it has had its acks. */
  deregisterLater(session: string, seconds: number): void {
    this.over.set(session, seconds);
  }

  /** Whether Redis is being told that the session is over, or will be. */
  isOver(session: string): boolean {
    return this.over.has(session);
  }

  /** The device wants no messages now. */
  markOffline(connection: Connection): void {
    const { device, session } = connection;
    this.add({ connection, device, session, manner: 'offline' });
  }

  /** Tells Redis what it could not be told before. To be called now and then while Redis is available. */
  resend(): void {
    const requests = this.untold;
    if (requests.length === 0) return;
    this.untold = [];
    for (const request of requests) this.addRequest(request);
  }

  private add(request: Omit<Request, 'shard'>): void {
    this.addRequest({ ...request, shard: shardOf(request.device, this.parts.shards) });
  }

  private addRequest(request: Request): void {
    if (!this.deregistrations.add(request)) this.keep(request);
  }

  private keep(request: Request): void {
    if (request.connection)
      this.parts.doubtful.addFailed(request.connection); // its check says that it is offline
    else if (this.untold.length < mostUntold) this.untold.push(request);
    else this.forget(request);
  }

  private forget({ session, older }: Request): void {
    this.over.delete(session);
    if (older) this.parts.doubtful.addFailed(older);
  }
}
