import type { DeviceKey } from '@openrelay/protocol';
import { type Deregistration, type Registry, shardOf } from '@openrelay/state';
import { Batch, type Lanes } from '../batching/batch';
import type { Tick } from '../batching/tick';

/** Tells Redis which sessions are over, after their last acks, or take no messages for now. */
export class Deregistrations {
  /** Sessions that are over, of which Redis is being told, or will be; each with the seconds of it that Redis does not know of. */
  private readonly over = new Map<string, number>();
  private readonly deregistrations: Batch<Deregistration>;

  constructor(
    private readonly parts: { tick: Tick; link: Lanes; shards: number; registry: Pick<Registry, 'deregister'> },
  ) {
    const { tick, link, registry } = parts;
    this.deregistrations = new Batch(link, tick, {
      run: (lane, requests) => registry.deregister(lane, requests),
      settled: ({ session }) => this.over.delete(session),
      // The registration ends with its lease, or when something is published for it.
      failed: ({ session }) => this.over.delete(session),
    });
  }

  get isIdle(): boolean {
    return this.deregistrations.isIdle;
  }

  /** The session is over. @param seconds for which the device was connected, and Redis was not told */
  deregister(device: DeviceKey, session: string, seconds = this.over.get(session) ?? 0): void {
    if (session === '') return;
    if (this.add({ device, session, manner: 'closed', seconds })) this.over.set(session, 0);
    else this.over.delete(session);
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
  markOffline(device: DeviceKey, session: string): void {
    this.add({ device, session, manner: 'offline' });
  }

  private add(deregistration: Omit<Deregistration, 'shard'>): boolean {
    const shard = shardOf(deregistration.device, this.parts.shards);
    return this.deregistrations.add({ ...deregistration, shard });
  }
}
