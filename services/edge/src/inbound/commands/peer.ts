import { type AuthMessage, deviceKeyOf, type KeyRotationMessage, keyRotationTtlSeconds } from '@openrelay/protocol';
import type { Connection } from '../../connection/connection';
import type { CommandParts } from './command';
import { identityRefusal } from './identity';

/** `Auth*`: from device to device, live or not at all. */
export function authenticate(
  parts: CommandParts,
  connection: Connection,
  message: AuthMessage,
  frameBytes: number,
): void {
  const recipient = deviceKeyOf(message.recipientId);
  admitted(parts, connection, message, frameBytes, () => {
    parts.routing.forwards.forward(connection, recipient, undefined, message.forward);
  });
}

/** `KeyRotation*`: live, or queued for a while. */
export function rotateKey(
  parts: CommandParts,
  connection: Connection,
  message: KeyRotationMessage,
  frameBytes: number,
): void {
  const recipient = deviceKeyOf(message.recipientId);
  const ttlMs = Math.min(keyRotationTtlSeconds, parts.maxTtlSeconds) * 1000;
  admitted(parts, connection, message, frameBytes, () => {
    parts.routing.storeUnnamed(connection, recipient, ttlMs, message.forward);
  });
}

function admitted(
  parts: CommandParts,
  connection: Connection,
  message: AuthMessage | KeyRotationMessage,
  frameBytes: number,
  proceed: () => void,
): void {
  const refused = identityRefusal(connection, message);
  if (refused) parts.refuse(connection, refused, frameBytes);
  else parts.admission.admit(connection, message, frameBytes, proceed);
}
