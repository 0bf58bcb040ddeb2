import type { Encoding, Frame } from './frame-codec';
import { type Message, type MessageType, rotationTypes } from './message';

type Fields = Readonly<Record<string, unknown>>;

/** Where a message carries its id. */
const idFields: Record<MessageType, string> = {
  Send: 'message_id',
  AuthRequest: 'challenge',
  AuthResponse: 'challenge',
  AuthVerify: 'challenge_response',
  AuthSuccess: 'note', // which no relay knows, and forwards
  KeyRotationUpdate: 'key_id',
  KeyRotationAck: 'key_id',
};

/** What a device seals, made from the message id alone: whoever receives it can tell whether it came whole. Base64. */
function sealedFor({ id, dataBytes }: Pick<Message, 'id' | 'dataBytes'>): string {
  const block = id.replaceAll('-', '');
  return block.repeat(Math.ceil(dataBytes / block.length)).slice(0, dataBytes - (dataBytes % 4));
}

export function payloadOf(message: Message, encoding: Encoding): Fields {
  return { recipient_id: message.recipient, hardware_id: message.sender, ...fieldsOf(message, encoding) };
}

function fieldsOf(message: Message, encoding: Encoding): Fields {
  const { id, type, dataBytes } = message;
  const sealed = sealedFor(message);
  switch (type) {
    case 'Send':
      return {
        sender_id: message.sender,
        encrypted_data: encoding === 'json' ? sealed : Buffer.from(sealed, 'base64'),
        message_id: id,
        timestamp: 1_700_000_000,
        ttl: message.ttlSeconds,
        signature: null,
        content_type: 'Other',
        size_bytes: dataBytes,
      };
    case 'AuthRequest':
      return { public_key: sealed, challenge: id };
    case 'AuthResponse':
      return { challenge_response: sealed, challenge: id };
    case 'AuthVerify':
      return { challenge_response: id };
    case 'AuthSuccess':
      return { trusted: true, note: id };
    case 'KeyRotationUpdate':
      return { encrypted_key_package: sealed, key_id: BigInt(id) };
    case 'KeyRotationAck':
      return { key_id: BigInt(id), success: true };
  }
}

/** The message in a frame, if it is one: a `Receive` is a `Send`. */
export function messageIn({ type, payload }: Frame): { type: MessageType; id: string } | undefined {
  const written = type === 'Receive' ? 'Send' : type;
  if (type === 'Send' || !isMessageType(written)) return undefined;
  return { type: written, id: String(payload[idFields[written]]) };
}

function isMessageType(type: string): type is MessageType {
  return Object.hasOwn(idFields, type);
}

/** Compares what came to a device of this encoding with what was sent under its id. */
export function contentOf({ type, payload }: Frame, encoding: Encoding, sent: Message): 'intact' | 'damaged' {
  const isSame = type === (sent.type === 'Send' ? 'Receive' : sent.type);
  return isSame && isEqual(payload, asForwarded(sent, encoding)) ? 'intact' : 'damaged';
}

function asForwarded(sent: Message, encoding: Encoding): Fields {
  const payload = payloadOf(sent, encoding);
  if (sent.type === 'Send' || rotationTypes.some((type) => type === sent.type)) return payload;
  return { ...payload, recipient_id: sent.sender, device_id: sent.sender };
}

function isEqual(came: Fields, expected: Fields): boolean {
  const names = Object.keys(expected);
  return Object.keys(came).length === names.length && names.every((name) => isSameValue(came[name], expected[name]));
}

function isSameValue(came: unknown, expected: unknown): boolean {
  if (expected instanceof Uint8Array) return came instanceof Uint8Array && Buffer.compare(came, expected) === 0;
  return came === expected;
}
