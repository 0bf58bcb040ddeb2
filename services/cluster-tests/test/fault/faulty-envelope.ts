import type { Encoding, Frame, Message } from '../../src/fleet';

const rotationTtlSeconds = 300;

/** A message as the faulty relay keeps it. */
export type Envelope = Pick<Message, 'id' | 'type' | 'sender' | 'recipient' | 'ttlSeconds'> & {
  readonly pair: string;
  readonly expiresAtMs: number;
  readonly payload: Frame['payload'];
};

export function envelopeOf(type: Message['type'], payload: Frame['payload']): Envelope {
  const { message_id: messageId, key_id: keyId, challenge, challenge_response: response, note } = payload;
  const [sender, recipient] = [String(payload.hardware_id), String(payload.recipient_id)];
  const ttlSeconds = type.startsWith('KeyRotation') ? rotationTtlSeconds : Number(payload.ttl ?? 0);
  return {
    id: String(messageId ?? keyId ?? challenge ?? response ?? note),
    type,
    sender,
    recipient,
    pair: `${sender} ${recipient}`,
    ttlSeconds,
    expiresAtMs: Date.now() + ttlSeconds * 1000,
    payload,
  };
}

export function isAlive({ ttlSeconds, expiresAtMs }: Envelope): boolean {
  return ttlSeconds === 0 || expiresAtMs > Date.now();
}

export function withDataFor(encoding: Encoding, payload: Frame['payload']): Frame['payload'] {
  if (encoding === 'json') return withText(payload);
  const { encrypted_data: data } = payload;
  return typeof data === 'string' ? { ...payload, encrypted_data: Buffer.from(data, 'base64') } : payload;
}

export function withText(payload: Frame['payload']): Frame['payload'] {
  const { encrypted_data: data } = payload;
  return data instanceof Uint8Array ? { ...payload, encrypted_data: Buffer.from(data).toString('base64') } : payload;
}
