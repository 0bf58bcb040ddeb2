import type { DeviceKey, Sealed } from '@openrelay/protocol';
import type { LiveKind } from '@openrelay/state';
import type { Connection } from '../connection/connection';

/** A message for another device, and who is to be told what becomes of it. */
export type RouteRequest = {
  sender: Connection;
  recipient: DeviceKey;
  /** Of a `Send`, which is acked under it. Other messages have none. */
  messageId: string | undefined;
  /** How long it may be stored; with 0 it is live-only. */
  ttlMs: number;
  kind: LiveKind;
  sealed: Sealed;
};
