/** What a device sends and gets, in this package's own words; `incoming.ts` and `registered-connection.ts` turn them from and into frames. */
import type { Limits, Presence } from '@openrelay/protocol';

export type { Limits, Presence };

export type ContentType = 'Text' | 'Image' | 'KeyPackage' | 'Other';

/** All fields of a frame, as they were read. Whole numbers beyond 2^53 are bigint; MessagePack brings bytes. */
export type Payload = Readonly<Record<string, unknown>>;

export type Registration = {
  readonly hardwareId: string;
  /** As they were sent; absent when the relay is an older one. */
  readonly limits: Readonly<Partial<Limits>> | undefined;
  /** `claimed`: the id is bound to this device's key. */
  readonly standing: 'claimed' | 'unclaimed';
};

export type OutgoingMessage = {
  readonly recipientId: string;
  /** What was encrypted on this device. */
  readonly data: Uint8Array;
  /** How long the relay keeps it for a recipient that is away; 0 asks for live delivery or nothing. */
  readonly ttlSeconds?: number | undefined;
  readonly contentType?: ContentType | undefined;
  /** A UUID. The same id again within two minutes is acked again and stored once: what makes a repeat after a time-out safe. */
  readonly messageId?: string | undefined;
  readonly signature?: string | undefined;
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
  /** The bytes that were sent; of a text that is no base64, the text in UTF-8. */
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly signature: string | undefined;
  readonly timestampSeconds: number;
  readonly ttlSeconds: number;
  /** Everything that the sender wrote, also what this package does not know of. */
  readonly payload: Payload;
};

/** Each message between two devices names the other one: `recipientId` on its way out, `senderId` when it arrives. */
export type AuthRequest = {
  readonly publicKey: Uint8Array;
  readonly challenge: Uint8Array;
};

export type AuthResponse = {
  readonly challengeResponse: Uint8Array;
  readonly challenge: Uint8Array;
};

export type AuthVerify = {
  readonly challengeResponse: Uint8Array;
};

export type AuthSuccess = {
  readonly trusted: boolean;
};

export type KeyRotationUpdate = {
  readonly encryptedKeyPackage: Uint8Array;
  /** Unsigned, 64 bits: more than a JavaScript number holds. */
  readonly keyId: bigint;
};

export type KeyRotationAck = {
  readonly keyId: bigint;
  readonly success: boolean;
};

/** `extra`: fields beside those of the protocol, which the relay forwards as they are: text, numbers, true, false, null. */
export type To<Message> = Message & { readonly recipientId: string; readonly extra?: Payload | undefined };
/** `payload` has the extra fields too. Bytes that were missing or no base64 are empty. */
export type From<Message> = Message & { readonly senderId: string; readonly payload: Payload };

/** Whom a claimed device takes messages from. */
export type ContactChanges = {
  readonly accept: 'anyone' | 'listed';
  /** Tags as `contactTag` makes them; at most 1,000 are listed. */
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  /** Takes the place of the whole list, before `add` and `remove`. */
  readonly replace?: readonly string[] | undefined;
};

export type Contacts = {
  readonly accept: string;
  /** How many are listed now. */
  readonly listed: number;
};

/** What makes an id this device's own (RESPONSES.md, Claims). A `SigningKey` is one. */
export type ClaimKey = {
  /** 32 bytes Ed25519, or 65 of an uncompressed P-256 point. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(data: Uint8Array): Promise<Uint8Array>;
};

/** The frames of pairing and of key rotation. They throw a RelayError `closed` when there is no connection. */
export type PeerFrames = {
  /** Those of pairing go to a connected device or nowhere: the relay answers only a refusal (event `refused`). */
  sendAuthRequest(message: To<AuthRequest>): void;
  sendAuthResponse(message: To<AuthResponse>): void;
  sendAuthVerify(message: To<AuthVerify>): void;
  sendAuthSuccess(message: To<AuthSuccess>): void;
  /** Kept five minutes for a device that is away, which the event `refused` tells with code 202. */
  sendKeyRotationUpdate(message: To<KeyRotationUpdate>): void;
  sendKeyRotationAck(message: To<KeyRotationAck>): void;
};
