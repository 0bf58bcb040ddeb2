import type { DeviceKey } from '@openrelay/protocol';
import { type Connection, floodGuardOf } from './connection';
import type { FloodGuard } from './flood-guard';

/** Devices that are remembered; the one that has been for longest is forgotten first. */
export const maxRemembered = 4096;
/** Of the limit. A device that counted less was busy, and no flood. */
const notableShare = 1 / 4;

export type FloodMemoryParts = { controlFramesPerMinute: number; monotonicMs: () => number };

/** What closed connections counted, so that a device that comes back goes on with its minute. For this node alone. */
export class FloodMemory {
  private readonly guards = new Map<DeviceKey, FloodGuard>();

  constructor(private readonly parts: FloodMemoryParts) {}

  /** The connection is closed. One that never held its device has spoken for somebody else, perhaps. */
  remember(connection: Connection): void {
    const { device, holding } = connection;
    const floodGuard = floodGuardOf(connection);
    const { controlFramesPerMinute, monotonicMs } = this.parts;
    const nowMs = monotonicMs();
    const isNotable = floodGuard.countedBy(nowMs) > notableShare * controlFramesPerMinute;
    if (holding.sinceMs === 0 || !isNotable) return;
    // Of two connections that end the other way round the later count is the higher one.
    const before = this.guards.get(device);
    if (before && before.waitMs(nowMs) > floodGuard.waitMs(nowMs)) return;
    this.guards.delete(device);
    if (this.guards.size >= maxRemembered) this.guards.delete(this.guards.keys().next().value!);
    this.guards.set(device, floodGuard);
  }

  /** How long whoever names this device must wait, in ms; 0: not at all. */
  waitMs(device: DeviceKey): number {
    return this.guards.get(device)?.waitMs(this.parts.monotonicMs()) ?? 0;
  }

  /** The connection holds its device, and goes on where the last one ended. Whoever only names a device changes nothing. */
  resume(connection: Connection): void {
    const { device } = connection;
    const earlier = this.guards.get(device);
    if (!earlier) return;
    const nowMs = this.parts.monotonicMs();
    if (earlier.waitMs(nowMs) > 0) return; // it flooded on another connection meanwhile
    this.guards.delete(device);
    floodGuardOf(connection).resumeFrom(earlier, nowMs);
  }
}
