import type { ErrorCode } from './errors';
import type { Sealed } from './sealed';

/** How a connection writes its frames: JSON text, or MessagePack in binary frames. */
export type Encoding = 'json' | 'msgpack';

/** Whether a device wants live delivery; `Offline` lets messages queue while the socket stays open. */
export type Presence = 'Online' | 'Away' | 'Offline';

export type RegisterMessage = { type: 'Register'; claimedId: string; acks: boolean };

export type SendMessage = {
  type: 'Send';
  claimedId: string;
  senderId: string;
  recipientId: string;
  /** As written: it is echoed so. */
  messageId: string;
  ttlSeconds: number;
  /** Real size of `encrypted_data` in bytes; `size_bytes` is not trusted. */
  payloadBytes: number;
  /** What all other fields hold beyond the `freeFieldBytes`. */
  excessBytes: number;
  /** The `Receive` frame for the recipient, its payload byte for byte what the sender wrote. */
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

/** What a device can say, checked. */
export type DeviceMessage =
  | RegisterMessage
  | SendMessage
  | AuthMessage
  | KeyRotationMessage
  | AckMessage
  | StatusMessage
  | { type: 'Ping' };

/** Why a frame or message is not taken; `messageId` when it names the `Send` that it refuses. */
export type Refusal = {
  type: 'refused';
  code: ErrorCode;
  text: string;
  messageId?: string | undefined;
  retryAfterMs?: number | undefined;
};
