/** What a device sends and gets, in this package's own words; `incoming.ts` and `device.ts` turn them from and into frames. */
import type { Limits, Presence } from '@openrelay/protocol';

export type { Limits, Presence };

export type ContentType = 'Text' | 'Image' | 'KeyPackage' | 'Other';

export type Registration = {
  readonly hardwareId: string;
  /** As they were sent; absent when the relay is an older one. */
  readonly limits: Readonly<Partial<Limits>> | undefined;
};

export type OutgoingMessage = {
  readonly recipientId: string;
  /** Base64 text of what was encrypted on this device. */
  readonly encryptedData: string;
  /** How long the relay keeps it for a recipient that is away; 0 asks for live delivery or nothing. */
  readonly ttlSeconds?: number;
  readonly contentType?: ContentType;
  /** The same id again within two minutes is acked again and stored once: what makes a repeat after a time-out safe. */
  readonly messageId?: string;
  readonly signature?: string;
};

export type Accepted = {
  readonly messageId: string;
  /** Absent when the relay is an older one. */
  readonly status: 'delivered' | 'queued' | undefined;
  readonly expiresAtMs: number | undefined;
};

export type ReceivedMessage = {
  readonly messageId: string;
  readonly senderId: string;
  readonly encryptedData: string;
  readonly contentType: string;
  readonly signature: string | undefined;
  readonly timestampSeconds: number;
  readonly ttlSeconds: number;
  /** Everything that the sender wrote, also what this package does not know of. */
  readonly payload: Readonly<Record<string, unknown>>;
};

/** Each message between two devices names the other one: `recipientId` on its way out, `senderId` when it arrives. */
export type AuthRequest = {
  readonly publicKey: string;
  readonly challenge: string;
};

export type AuthResponse = {
  readonly challengeResponse: string;
  readonly challenge: string;
};

export type AuthVerify = {
  readonly challengeResponse: string;
};

export type AuthSuccess = {
  readonly trusted: boolean;
};

export type KeyRotationUpdate = {
  readonly encryptedKeyPackage: string;
  /** Unsigned, 64 bits: more than a JavaScript number holds. */
  readonly keyId: bigint;
};

export type KeyRotationAck = {
  readonly keyId: bigint;
  readonly success: boolean;
};

export type To<Message> = Message & { readonly recipientId: string };
export type From<Message> = Message & { readonly senderId: string };
