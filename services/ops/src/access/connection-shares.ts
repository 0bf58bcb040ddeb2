import type { Socket } from 'node:net';

export type ConnectionLimits = {
  readonly mostConnections: number;
  /** Of one address. */
  readonly mostOfAddress: number;
  /** Of one address, and of all: those that are not closed for others. */
  readonly mostKept: number;
  /** Newcomers beyond `mostConnections` among them, which get the chance to ask. */
  readonly mostSockets: number;
};

/** Bounds for a process that can have so many sockets. */
export function limitsFor(mostSockets: number): ConnectionLimits {
  const mostConnections = Math.ceil(mostSockets / 2);
  const mostOfAddress = Math.ceil(mostConnections * 0.3);
  return { mostConnections, mostOfAddress, mostKept: Math.floor((mostOfAddress * 2) / 3), mostSockets };
}

type Share = {
  readonly address: string;
  /** In the order of their last request; the first is closed when there must be room. */
  readonly open: Set<Socket>;
  /** Not closed for others. */
  readonly kept: Set<Socket>;
};

/** For a client on a busy machine, between its connection and its request. What comes meanwhile is bounded by `mostSockets`. */
export const graceMs = 100;

/**
 * Which connections are closed when there are too many: of an address that has more than its share, otherwise of the address that
 * has the most, and there those that have asked for nothing for the longest. A newcomer has a moment to ask before it can be among
 * them. So whoever holds connections, a health check is answered.
 *
 * It looks at nothing but the address of the socket, which a client cannot make up. Behind a proxy that is the proxy's: all who
 * come through it have one share together.
 */
export class ConnectionShares {
  private readonly shares = new Map<string, Share>();
  private readonly addresses = new Map<Socket, string>();

  constructor(private readonly limits: ConnectionLimits) {}

  /** For each connection as it comes. */
  admit(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return; // It has gone already.
    this.addresses.set(socket, remoteAddress);
    socket.once('close', () => this.forget(socket));
    if (this.addresses.size > this.limits.mostSockets && !this.closeOneOf(this.fullest())) this.close(socket);
    this.settleAfterReading(socket);
  }

  /** It asks for something: others of its address are closed before it. */
  used(socket: Socket): void {
    const open = this.shareOf(socket)?.open;
    if (open?.delete(socket)) open.add(socket);
  }

  /** It is not closed for others any more. The caller keeps no more than `mostKept`. */
  keep(socket: Socket): void {
    if (!this.addresses.has(socket)) return;
    const share = this.share(socket);
    share.open.delete(socket);
    share.kept.add(socket);
  }

  /** Timers come before what has arrived is read. */
  private settleAfterReading(socket: Socket): void {
    setTimeout(() => setImmediate(() => this.settle(socket)), graceMs).unref();
  }

  private settle(socket: Socket): void {
    if (!this.addresses.has(socket)) return;
    const share = this.share(socket);
    if (!share.kept.has(socket)) share.open.add(socket);
    if (sizeOf(share) > this.limits.mostOfAddress) this.closeOneOf(share);
    else if (this.addresses.size > this.limits.mostConnections) this.closeOneOf(this.fullest());
  }

  private shareOf(socket: Socket): Share | undefined {
    return this.shares.get(this.addresses.get(socket) ?? '');
  }

  private share(socket: Socket): Share {
    const address = this.addresses.get(socket)!;
    const share = this.shares.get(address) ?? { address, open: new Set(), kept: new Set() };
    this.shares.set(address, share);
    return share;
  }

  /** Of those that have something to close. */
  private fullest(): Share | undefined {
    let fullest: Share | undefined;
    for (const share of this.shares.values()) {
      if (share.open.size > 0 && (fullest === undefined || sizeOf(share) > sizeOf(fullest))) fullest = share;
    }
    return fullest;
  }

  private closeOneOf(share: Share | undefined): boolean {
    const [first] = share?.open ?? [];
    if (first === undefined) return false;
    this.close(first);
    return true;
  }

  private close(socket: Socket): void {
    // Its event `close` comes later than the next newcomer may.
    this.forget(socket);
    socket.destroy();
  }

  private forget(socket: Socket): void {
    const share = this.shareOf(socket);
    this.addresses.delete(socket);
    if (share === undefined) return;
    share.open.delete(socket);
    share.kept.delete(socket);
    if (sizeOf(share) === 0) this.shares.delete(share.address);
  }
}

function sizeOf({ open, kept }: Share): number {
  return open.size + kept.size;
}
