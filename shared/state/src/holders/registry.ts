import type { DeviceKey } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { leaseMs, shardPrefix } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';

/**
 * @property session `NODE.CONNECTION.COUNT`: a connection that registers again counts on, and keeps the first two parts
 * @property sinceMs 0 for a fresh registration; otherwise when the connection first registered, by Redis's clock
 * @property manner `offline`: the device wants no messages now; absent: `online`
 */
export type Registration = { device: DeviceKey; session: string; sinceMs: number; manner?: 'online' | 'offline' };

/** The part `NODE.CONNECTION` that all sessions of a connection have in common. */
export function connectionOf(session: string): string {
  return session.slice(0, session.lastIndexOf('.'));
}

export type Registered =
  | {
      status: 'registered';
      sinceMs: number;
      /** The last seq of the device's queue. */
      seq: number;
      depth: number;
      /** The session on this node that held the device before, or ''. The script notifies one on another node. */
      replaced: string;
      requestsUsed: number;
      pointsUsed: number;
      /** Some of the queue has expired, so `depth` is too high. */
      isStale: boolean;
    }
  /** Only for a repeated registration: a newer connection holds the device. */
  | { status: 'superseded' };

export type Deregistration = { device: DeviceKey; session: string; manner: 'closed' | 'offline' };

/** @property mark whether its socket is backed up, or that its device is offline; absent: Redis keeps what it has */
export type Holder = { device: DeviceKey; session: string; mark?: Mark['mark'] | 'offline' };

export type HolderState = { status: 'holds'; seq: number } | { status: 'replaced' } | { status: 'lost' };

export type Mark = { device: DeviceKey; session: string; mark: 'backpressured' | 'writable' };

type Answer = [
  status: string,
  since: number,
  seq: number,
  depth: number,
  replaced: string,
  requests: number,
  points: number,
  stale: number,
];

function readAnswer([status, sinceMs, seq, depth, replaced, requestsUsed, pointsUsed, stale]: Answer): Registered {
  if (status === 'superseded') return { status };
  return { status: 'registered', sinceMs, seq, depth, replaced, requestsUsed, pointsUsed, isStale: stale === 1 };
}

function readState(state: number): HolderState {
  if (state >= 0) return { status: 'holds', seq: state };
  return { status: state === -1 ? 'replaced' : 'lost' };
}

/** Which connection on which node holds each device. All calls take a batch of one shard. */
export class Registry {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
  ) {}

  /** Makes connections the holders of their devices and notifies the holders before. @throws RedisUnavailable | ReplyError */
  async register(shard: number, batch: Registration[]): Promise<Registered[]> {
    const pack = new RawPack().array(batch.length);
    for (const { device, session, sinceMs, manner = 'online' } of batch)
      pack.array(4).ascii(device).ascii(session).number(sinceMs).ascii(manner);
    const askedAtMs = this.link.clock.monotonicMs();
    const values = { shard: shardPrefix(shard), registrations: pack.toBuffer(), node: this.node, leaseMs };
    const reply = await this.link.run('device_register', values);
    const [nowMs, ...answers] = unpackr.unpack(reply as Buffer) as [number, ...Answer[]];
    this.link.clock.observe(nowMs, askedAtMs);
    return answers.map(readAnswer);
  }

  /** Ends or suspends registrations. Answers how many connections held their devices; the others change nothing. */
  async deregister(shard: number, batch: Deregistration[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { device, session, manner } of batch) pack.array(3).ascii(device).ascii(session).ascii(manner);
    const values = { shard: shardPrefix(shard), deregistrations: pack.toBuffer() };
    return Number(await this.link.run('device_deregister', values));
  }

  /** Whether connections still hold their devices, and how far the queues have got; renews leases and marks. */
  async check(shard: number, batch: Holder[]): Promise<HolderState[]> {
    const pack = new RawPack().array(batch.length);
    for (const { device, session, mark = '' } of batch) pack.array(3).ascii(device).ascii(session).ascii(mark);
    const values = { shard: shardPrefix(shard), holders: pack.toBuffer(), node: this.node, leaseMs };
    const reply = await this.link.run('device_check', values);
    return (unpackr.unpack(reply as Buffer) as number[]).map(readState);
  }

  /** Notes whose sockets are backed up, so that live-only messages to them are refused. Answers how many hold their devices. */
  async mark(shard: number, batch: Mark[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { device, session, mark } of batch) pack.array(3).ascii(device).ascii(session).ascii(mark);
    return Number(await this.link.run('device_mark', { shard: shardPrefix(shard), marks: pack.toBuffer() }));
  }
}
