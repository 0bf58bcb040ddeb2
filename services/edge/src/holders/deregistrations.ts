import type { DeviceKey } from '@openrelay/protocol';
import { type Deregistration, type Registry, shardOf } from '@openrelay/state';
import { Batch } from '../batching/batch';
import type { Tick } from '../batching/tick';

export type DeregistrationParts = { tick: Tick; shards: number; registry: Registry };

/** Tells Redis which sessions are over, or take no messages for now. */
export class Deregistrations {
  /** Sessions that are nobody's any more, of which Redis is being told, or will be. */
  private readonly retired = new Set<string>();
  private readonly deregistrations: Batch<Deregistration>;

  constructor(private readonly parts: DeregistrationParts) {
    const { tick, shards, registry } = parts;
    this.deregistrations = new Batch(shards, tick, {
      run: (shard, requests) => registry.deregister(shard, requests),
      settled: ({ session }) => this.retired.delete(session),
      // The registration ends with its lease, or when something is published for it.
      failed: ({ session }) => this.retired.delete(session),
    });
  }

  get isIdle(): boolean {
    return this.deregistrations.isIdle;
  }

  /** The session is over; Redis is told once, however often something is heard of it. */
  retire(device: DeviceKey, session: string): void {
    if (session === '') return;
    if (this.add({ device, session, manner: 'closed' })) this.retired.add(session);
    else this.retired.delete(session);
  }

  isRetired(session: string): boolean {
    return this.retired.has(session);
  }

  /** The session is over, and Redis is to be told later. */
  retireLater(session: string): void {
    this.retired.add(session);
  }

  /** The device wants no messages now. */
  suspend(device: DeviceKey, session: string): void {
    this.add({ device, session, manner: 'offline' });
  }

  private add(deregistration: Deregistration): boolean {
    return this.deregistrations.add(shardOf(deregistration.device, this.parts.shards), deregistration);
  }
}
