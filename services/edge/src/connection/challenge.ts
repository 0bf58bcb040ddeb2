import type { KeyObject } from 'node:crypto';
import type { RegisterMessage } from '@openrelay/protocol';

/** A device has asked to register and shown a key; it is to prove that it has it. A connection has one of these at the most. */
export type Challenge = {
  readonly asked: RegisterMessage;
  readonly key: KeyObject;
  /** The same as raw bytes. */
  readonly keyBytes: Buffer;
  readonly nonce: Buffer;
  /** By the monotonic clock. */
  readonly deadlineMs: number;
  /** It was answered rightly, and Redis is being asked for the key before. */
  isProven: boolean;
};
