import type { Message } from './books';

/** What a device seals, made from the message id alone: whoever receives it can tell whether it came whole. */
function sealedFor({ id, dataBytes }: Pick<Message, 'id' | 'dataBytes'>): string {
  const block = id.replaceAll('-', '');
  return block.repeat(Math.ceil(dataBytes / block.length)).slice(0, dataBytes - (dataBytes % 4));
}

export function payloadOf(message: Message, atMs: number) {
  const { id, sender, recipient, ttlSeconds, dataBytes } = message;
  return {
    recipient_id: recipient,
    sender_id: sender,
    encrypted_data: sealedFor(message),
    message_id: id,
    timestamp: Math.floor(atMs / 1000),
    ttl: ttlSeconds,
    signature: null,
    hardware_id: sender,
    content_type: 'Other',
    size_bytes: dataBytes,
  };
}

/** Compares what came with what was sent under this id. */
export function contentOf(payload: Readonly<Record<string, unknown>>, sent: Message): 'intact' | 'damaged' {
  const isWhole = payload.encrypted_data === sealedFor(sent) && payload.sender_id === sent.sender;
  return isWhole && payload.recipient_id === sent.recipient ? 'intact' : 'damaged';
}
