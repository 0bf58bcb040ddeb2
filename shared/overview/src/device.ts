import type { FoundDevice } from '@openrelay/state';

/** What may be known of a device: never what is sent to it, nor its whole id. */
export type DeviceView = {
  /** The first 8 digits of its hardware id. */
  device: string;
  registered: FoundDevice['registered'];
  queued: number;
  queuedBytes: number;
  /** By Redis's clock. */
  oldestQueuedAtMs: number | null;
};

const digitsShown = 8;

export function deviceView(hardwareId: string, { oldestQueuedAtMs, ...found }: FoundDevice): DeviceView {
  const device = hardwareId.slice(0, digitsShown).toUpperCase();
  return { device, ...found, oldestQueuedAtMs: oldestQueuedAtMs ?? null };
}
