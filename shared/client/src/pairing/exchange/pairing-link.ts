import type { SigningKey } from '../../crypto/index';

export type AuthType = 'AuthRequest' | 'AuthResponse' | 'AuthVerify' | 'AuthSuccess';

/** A frame of pairing without the ids, which the connection writes and the relay stamps. */
export type AuthFrame = {
  readonly type: AuthType;
  /** Of its payload, as they travel (JSON's names and values); those of a stranger may be anything. */
  readonly fields: Readonly<Record<string, unknown>>;
};

export type PairingListener = {
  /** `senderId` is what the relay says it is. */
  auth(senderId: string, frame: AuthFrame): void;
  /** An `Error` of the relay that names no message: 404 (nobody has that id now), 429 and others. */
  refused(code: number): void;
  /** Whatever was underway is over. The code is the WebSocket's, 4001 when another connection took the id. */
  closed(code: number): void;
};

/** What pairing needs of a registered connection. */
export type PairingLink = {
  /** The registered id. */
  readonly id: string;
  /** Live or nothing. Throws when there is no connection now. */
  sendAuth(recipientId: string, frame: AuthFrame): void;
  /** Returns what takes the listener away again. */
  listen(listener: PairingListener): () => void;
};

/** A second connection, under an id that only those with the code's number know. */
export type TemporaryLink = PairingLink & { close(): void };

/**
 * Opens and registers one: without a claim, unless the relay takes no id without a key. Rejects when the relay can't be reached
 * or refuses; with a PairingError `number-taken` when the id is bound to another key.
 */
export type OpenTemporaryLink = (id: string, key: () => Promise<SigningKey>) => Promise<TemporaryLink>;
