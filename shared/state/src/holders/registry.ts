import type { DeviceKey } from '@openrelay/protocol';
import type { RedisLink } from '../link/redis-link';
import { lanePrefix, leaseMs } from '../scripts/keys';
import { RawPack, unpackr } from '../scripts/message-pack';

/** So long altogether makes a device known (lua/prelude/knownAfterSeconds.lua). */
export const knownAfterSeconds = 600;

/** What a connection has proven of its device: that it has the key (raw bytes), and that the key before has signed this one. */
export type Proof = { key: Uint8Array; succeeds?: Uint8Array | undefined };

/**
 * @property session `NODE.CONNECTION.COUNT`: a connection that registers again counts on, and keeps the first two parts
 * @property sinceMs 0 for a fresh registration; otherwise when the connection first registered, by Redis's clock
 * @property manner `offline`: the device wants no messages now; absent: `online`
 * @property proof made on this connection, now or before
 * @property presence `hidden`: whoever sends to the device is not to learn whether it is there; absent: `shown`
 */
export type Registration = {
  shard: number;
  device: DeviceKey;
  session: string;
  sinceMs: number;
  manner?: 'online' | 'offline';
  proof?: Proof | undefined;
  presence?: 'shown' | 'hidden';
};

/**
 * @property claims `off`: keys are ignored; `required`: without one nothing is registered
 * @property registrationsPerMinute of one device, over all nodes; 0 for no limit
 * @property pressure how short of room Redis is, 0 to 4
 */
export type RegistryRules = {
  claims: 'optional' | 'required' | 'off';
  registrationsPerMinute: number;
  pressure: () => number;
};

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
      standing: 'seen' | 'known';
      /** How long the device was connected altogether, as far as Redis knows; `knownAfterSeconds` when it is known. */
      connectedSeconds: number;
      /** The device is bound to the key that was proven. */
      isClaimed: boolean;
    }
  /** Only for a repeated registration: a newer connection holds the device. */
  | { status: 'superseded' }
  /** The device is claimed, or must be, and this is not its key. */
  | { status: 'unproven' }
  | { status: 'limited'; retryAfterMs: number }
  /** Redis has no room for a first claim. */
  | { status: 'short' };

/** @property seconds for which the device was connected and Redis was not told yet; absent: 0 */
export type Deregistration = {
  shard: number;
  device: DeviceKey;
  session: string;
  manner: 'closed' | 'offline';
  seconds?: number;
};

/** @property seconds for which the device was connected and Redis was not told yet */
export type Stay = { shard: number; device: DeviceKey; session: string; seconds: number };

/** `gone`: the connection does not hold the device. */
export type Stayed = 'seen' | 'known' | 'gone';

/** @property mark whether its socket is backed up, or that its device is offline; absent: Redis keeps what it has */
export type Holder = { shard: number; device: DeviceKey; session: string; mark?: Mark['mark'] | 'offline' };

export type HolderState = { status: 'holds'; seq: number } | { status: 'replaced' } | { status: 'lost' };

export type Mark = { shard: number; device: DeviceKey; session: string; mark: 'backpressured' | 'writable' };

type RegisteredAnswer = [
  status: 'registered',
  since: number,
  seq: number,
  depth: number,
  replaced: string,
  requests: number,
  points: number,
  stale: number,
  standing: 'seen' | 'known',
  connected: number,
  claimed: number,
];

type Answer = RegisteredAnswer | ['superseded'] | ['unproven'] | ['limited', ms: number] | ['short'];

function readAnswer(answer: Answer): Registered {
  if (answer[0] === 'limited') return { status: 'limited', retryAfterMs: answer[1] };
  if (answer[0] !== 'registered') return { status: answer[0] };
  const [status, sinceMs, seq, depth, replaced, requestsUsed, pointsUsed, stale, standing, connected, claimed] = answer;
  const used = { requestsUsed, pointsUsed };
  const known = { standing, connectedSeconds: connected, isClaimed: claimed === 1 };
  return { status, sinceMs, seq, depth, replaced, ...used, isStale: stale === 1, ...known };
}

function readState(state: number): HolderState {
  if (state >= 0) return { status: 'holds', seq: state };
  return { status: state === -1 ? 'replaced' : 'lost' };
}

/** Which connection on which node holds each device. All calls take a batch of one lane. */
export class Registry {
  constructor(
    private readonly link: RedisLink,
    private readonly node: string,
    private readonly rules: RegistryRules,
  ) {}

  /** Makes connections the holders of their devices and notifies the holders before. @throws RedisUnavailable | ReplyError */
  async register(lane: number, batch: Registration[]): Promise<Registered[]> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, device, session, sinceMs, manner = 'online', proof, presence } of batch) {
      pack.array(9).number(shard).ascii(device).ascii(session).number(sinceMs).ascii(manner);
      pack
        .raw(proof?.key)
        .raw(proof?.succeeds)
        .number(presence === 'hidden' ? 1 : 0)
        .hex(device);
    }
    const askedAtMs = this.link.clock.monotonicMs();
    const { claims, registrationsPerMinute: maxRegistrations, pressure } = this.rules;
    const rules = { claims, maxRegistrations, pressure: pressure() };
    const values = { lane: lanePrefix(lane), registrations: pack.toBuffer(), node: this.node, leaseMs, ...rules };
    const reply = await this.link.run('device_register', values);
    const [nowMs, ...answers] = unpackr.unpack(reply as Buffer) as [number, ...Answer[]];
    this.link.clock.observe(nowMs, askedAtMs);
    return answers.map(readAnswer);
  }

  /** Ends or suspends registrations. Answers how many connections held their devices; the others change nothing. */
  async deregister(lane: number, batch: Deregistration[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, device, session, manner, seconds = 0 } of batch)
      pack.array(6).number(shard).ascii(device).ascii(session).ascii(manner).number(seconds).hex(device);
    const values = { lane: lanePrefix(lane), deregistrations: pack.toBuffer() };
    return Number(await this.link.run('device_deregister', values));
  }

  /** Whether connections still hold their devices, and how far the queues have got; renews leases and marks. */
  async check(lane: number, batch: Holder[]): Promise<HolderState[]> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, device, session, mark = '' } of batch)
      pack.array(4).number(shard).ascii(device).ascii(session).ascii(mark);
    const values = { lane: lanePrefix(lane), holders: pack.toBuffer(), node: this.node, leaseMs };
    const reply = await this.link.run('device_check', values);
    return (unpackr.unpack(reply as Buffer) as number[]).map(readState);
  }

  /** Adds to how long devices were connected altogether; `knownAfterSeconds` make them known. */
  async stay(lane: number, batch: Stay[]): Promise<Stayed[]> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, device, session, seconds } of batch)
      pack.array(4).number(shard).ascii(device).ascii(session).number(seconds);
    const reply = await this.link.run('device_stay', { lane: lanePrefix(lane), stays: pack.toBuffer() });
    return unpackr.unpack(reply as Buffer) as Stayed[];
  }

  /** Notes whose sockets are backed up, so that live-only messages to them are refused. Answers how many hold their devices. */
  async mark(lane: number, batch: Mark[]): Promise<number> {
    const pack = new RawPack().array(batch.length);
    for (const { shard, device, session, mark } of batch)
      pack.array(4).number(shard).ascii(device).ascii(session).ascii(mark);
    return Number(await this.link.run('device_mark', { lane: lanePrefix(lane), marks: pack.toBuffer() }));
  }
}
