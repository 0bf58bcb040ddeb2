import {
  type AuthMessage,
  deviceKeyOf,
  type KeyRotationMessage,
  keyRotationTtlSeconds,
  pointsOf,
  type SendMessage,
} from '@openrelay/protocol';
import type { LiveKind } from '@openrelay/state';
import type { Connection } from '../../connection/connection';
import { type CommandParts, identityRefusal, keepEarly } from './command';

/** What is for another device. */
type Sent = SendMessage | AuthMessage | KeyRotationMessage;

/** `Auth*` is delivered live or not at all, as is a `Send` with a lifetime of 0. */
function ttlSecondsOf(message: Sent): number {
  switch (message.type) {
    case 'Send':
      return message.ttlSeconds;
    case 'KeyRotationUpdate':
    case 'KeyRotationAck':
      return keyRotationTtlSeconds;
    default:
      return 0;
  }
}

function kindOf({ type }: Sent): LiveKind {
  switch (type) {
    case 'AuthRequest':
      return 'pairing';
    case 'AuthResponse':
    case 'AuthVerify':
    case 'AuthSuccess':
      return 'answer';
    default:
      return 'message';
  }
}

/** HOT PATH. A message for another device asks to be admitted; the connection's own device must be its sender. */
export function send(parts: CommandParts, connection: Connection, message: Sent, frameBytes: number): void {
  const messageId = message.type === 'Send' ? message.messageId : undefined;
  if (connection.isUnconfirmed) {
    keepEarly(parts, connection, { message, frameBytes }, messageId);
    return;
  }
  const refused = identityRefusal(connection, message);
  if (refused) {
    parts.replies.refuse(connection, refused, frameBytes);
    return;
  }
  const { payloadBytes, excessBytes, forward } = message;
  parts.admission.admit({
    sender: connection,
    shard: connection.shard,
    device: connection.device,
    recipient: deviceKeyOf(message.recipientId),
    messageId,
    ttlMs: Math.min(ttlSecondsOf(message), parts.maxTtlSeconds) * 1000,
    kind: kindOf(message),
    sealed: forward,
    payloadBytes,
    points: pointsOf(payloadBytes, excessBytes),
    frameBytes,
  });
}
