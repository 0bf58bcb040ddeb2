/** What a device says to another. Ids are of the fleet's making; that of a key rotation is its `key_id`. */
export type Message = {
  readonly id: string;
  readonly type: MessageType;
  readonly sender: string;
  readonly recipient: string;
  readonly ttlSeconds: number;
  readonly dataBytes: number;
};

export const authTypes = ['AuthRequest', 'AuthResponse', 'AuthVerify', 'AuthSuccess'] as const;
export const rotationTypes = ['KeyRotationUpdate', 'KeyRotationAck'] as const;

export type MessageType = 'Send' | (typeof authTypes)[number] | (typeof rotationTypes)[number];

/**
 * What is promised of it. `stored`: delivered until it expires, once acked. `live`, a `Send` with `ttl` 0: handed to an open
 * connection, once acked. `auth`: nothing but that it comes once at most. `rotation`: as `stored`, and its ack is silence.
 */
export type MessageKind = 'stored' | 'live' | 'auth' | 'rotation';

/** How long a key rotation waits for its recipient. */
export const rotationTtlSeconds = 300;

const kinds: Record<MessageType, MessageKind> = {
  Send: 'stored',
  AuthRequest: 'auth',
  AuthResponse: 'auth',
  AuthVerify: 'auth',
  AuthSuccess: 'auth',
  KeyRotationUpdate: 'rotation',
  KeyRotationAck: 'rotation',
};

export function kindOf({ type, ttlSeconds }: Pick<Message, 'type' | 'ttlSeconds'>): MessageKind {
  return type === 'Send' && ttlSeconds === 0 ? 'live' : kinds[type];
}

/** Whether its sender hears of it under its id. */
export function isAnswered({ type }: Pick<Message, 'type'>): boolean {
  return type === 'Send';
}
