import type { LedgerTotals } from '@openrelay/state';

/** What waits, and what was counted since ever: accepted = acked + expired + messages. */
export type QueuesView = {
  messages: number;
  bytes: number;
  devices: number;
  accepted: number;
  acked: number;
  expired: number;
};

export function queuesView({
  queued,
  queuedBytes,
  devicesWithQueue,
  accepted,
  acked,
  expired,
}: LedgerTotals): QueuesView {
  return { messages: queued, bytes: queuedBytes, devices: devicesWithQueue, accepted, acked, expired };
}
