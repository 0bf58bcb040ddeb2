import { base64OfBytes, type Encoding } from '@openrelay/protocol';
import type { ConnectionOptions } from './connection-options';
import type { OutgoingMessage, Payload } from './frames/messages';
import { sealedBytes } from './frames/sealed-bytes';

/** The relay's own default cap. */
export const defaultTtlSeconds = 7 * 24 * 60 * 60;

export type PeerBytes = Readonly<Record<string, Uint8Array>>;

export function registerPayload({ hardwareId, claim, succession, acks = true, presence }: ConnectionOptions): Payload {
  return {
    hardware_id: hardwareId,
    acks,
    ...(claim && { public_key: base64OfBytes(claim.publicKey) }),
    ...(succession && { succession: base64OfBytes(succession) }),
    ...(presence === 'hidden' && { presence }),
  };
}

export function sendPayload(
  message: OutgoingMessage,
  from: { hardwareId: string; encoding: Encoding; nowMs: number },
): Payload {
  return {
    recipient_id: message.recipientId,
    sender_id: from.hardwareId,
    encrypted_data: message.data,
    message_id: message.messageId,
    timestamp: Math.floor(from.nowMs / 1000),
    ttl: message.ttlSeconds ?? defaultTtlSeconds,
    signature: message.signature,
    hardware_id: from.hardwareId,
    content_type: message.contentType ?? 'Other',
    size_bytes: sealedBytes(message.data.length, from.encoding),
  };
}

/**
 * Of a frame of pairing or rotation, and for how many bytes it is charged. The bytes go as base64 in either encoding: the relay
 * turns `encrypted_data` alone from one into the other.
 */
export function peerPayload(frame: {
  hardwareId: string;
  recipientId: string;
  bytes: PeerBytes;
  extra: Payload | undefined;
}): { payload: Payload; chargedBytes: number } {
  const texts = Object.entries(frame.bytes).map(([name, value]) => [name, base64OfBytes(value)] as const);
  const own = { recipient_id: frame.recipientId, ...Object.fromEntries(texts), hardware_id: frame.hardwareId };
  const chargedBytes = texts.reduce((length, [, text]) => length + text.length, 0);
  return { payload: { ...frame.extra, ...own }, chargedBytes };
}
