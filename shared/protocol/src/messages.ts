import type { ErrorCode } from './errors';
import type { Sealed } from './sealed';

/** How a connection writes its frames: JSON text, or MessagePack in binary frames. */
export type Encoding = 'json' | 'msgpack';

/** Whether a device wants live delivery; `Offline` lets messages queue while the socket stays open. */
export type Presence = 'Online' | 'Away' | 'Offline';

export type RegisterMessage = {
  type: 'Register';
  claimedId: string;
  acks: boolean;
  /** `hidden`: whoever sends to the device is not told whether it is there. */
  presence: 'shown' | 'hidden';
  /** 32 bytes of Ed25519, or 65 of P-256 (an uncompressed point). */
  publicKey?: Uint8Array | undefined;
  /** 64 bytes: the former key's signature over the new one. */
  succession?: Uint8Array | undefined;
};

/** The answer to a `Challenge`: 64 bytes. */
export type ProveMessage = { type: 'Prove'; signature: Uint8Array };

/** Whom a device takes messages from. */
export type Acceptance = 'anyone' | 'listed';

/** A tag is 32 hex digits in lower case: a device that only its contact and itself can name. */
export type ContactsMessage = {
  type: 'Contacts';
  accept: Acceptance;
  add: readonly string[];
  remove: readonly string[];
  /** Takes the place of the whole list, before `add` and `remove`. */
  replace?: readonly string[] | undefined;
};

export type SendMessage = {
  type: 'Send';
  claimedId: string;
  senderId: string;
  recipientId: string;
  /** As the device wrote it; the relay echoes it so. */
  messageId: string;
  ttlSeconds: number;
  /** Real size of `encrypted_data` in bytes; `size_bytes` is not trusted. */
  payloadBytes: number;
  /** Bytes of all other fields beyond `freeFieldBytes`. */
  excessBytes: number;
  /** The `Receive` frame for the recipient. Its payload is byte for byte what the sender wrote. */
  forward: Sealed;
};

export type AuthMessage = {
  type: 'AuthRequest' | 'AuthResponse' | 'AuthVerify' | 'AuthSuccess';
  claimedId: string;
  recipientId: string;
  payloadBytes: number;
  excessBytes: number;
  forward: Sealed;
};

export type KeyRotationMessage = {
  type: 'KeyRotationUpdate' | 'KeyRotationAck';
  claimedId: string;
  recipientId: string;
  payloadBytes: number;
  excessBytes: number;
  forward: Sealed;
};

export type AckMessage = { type: 'Ack'; messageId: string };

export type StatusMessage = { type: 'Status'; claimedId: string; presence: Presence };

/** A message of a device, with its fields checked. */
export type DeviceMessage =
  | RegisterMessage
  | ProveMessage
  | ContactsMessage
  | SendMessage
  | AuthMessage
  | KeyRotationMessage
  | AckMessage
  | StatusMessage
  | { type: 'Ping' };

/** Why the relay refuses a frame or a message. `messageId` names the refused `Send`. */
export type Refusal = {
  type: 'refused';
  code: ErrorCode;
  text: string;
  messageId?: string | undefined;
  retryAfterMs?: number | undefined;
};
