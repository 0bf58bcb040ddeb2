import { isUtf8 } from 'node:buffer';
import {
  type DeviceMessage,
  decodeJsonFrame,
  decodeMessagePackFrame,
  decodePlainFrame,
  encodePong,
  type PlainPlatform,
  type Refusal,
} from '@openrelay/protocol';
import type { Connection } from '../connection/connection';
import { bytesPerCount } from '../connection/flood-guard';
import type { FrameMemory } from '../connection/frame-memory';
import { refusal } from '../connection/refusals';
import { ack } from './commands/ack';
import type { CommandParts } from './commands/command';
import { contacts } from './commands/contacts';
import { prove } from './commands/prove';
import { register } from './commands/register';
import { send } from './commands/send';
import { setStatus } from './commands/status';

/** A `Ping` in MessagePack. What is shorter says nothing, and no device has reason to send it. */
const shortestFrameBytes = 11;
/** It counts as a frame of this size: many are read in the time that one large frame takes. */
const nothingBytes = 8 * bytesPerCount;

const byteLength = (text: string) => Buffer.byteLength(text);

/** Node.js's own form of `toString('latin1')`, in a third of the time. */
type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };

export function plainPlatform(frames: FrameMemory): PlainPlatform {
  return {
    latin1: (bytes, start, end) => (bytes as Latin1Buffer).latin1Slice(start, end),
    allocate: (length) => frames.allocate(length),
    find: (bytes, text, from) => (bytes as Buffer).indexOf(text, from, 'latin1'),
    longBytes: 4096,
  };
}

/** HOT PATH. A frame as devices send most; undefined for every other, which `dispatch` reads. It has few values. */
export function readPlain(
  platform: PlainPlatform,
  connection: Connection,
  bytes: ArrayBuffer,
  kind: 'text' | 'binary',
): DeviceMessage | undefined {
  if (kind === 'binary' || connection.encoding !== 'json') return undefined;
  return decodePlainFrame(Buffer.from(bytes), connection.hardwareId, platform);
}

function decode(connection: Connection, bytes: ArrayBuffer, kind: 'text' | 'binary'): DeviceMessage | Refusal {
  if (connection.encoding === 'msgpack') {
    if (kind === 'text') return refusal('malformed', 'This connection speaks MessagePack: send binary frames.');
    return decodeMessagePackFrame(new Uint8Array(bytes), isUtf8);
  }
  if (kind === 'binary') return refusal('malformed', 'This connection speaks JSON: send text frames.');
  return decodeJsonFrame(Buffer.from(bytes).toString(), byteLength);
}

/** One frame of a device, whose bytes are not kept. */
export function dispatch(
  parts: CommandParts,
  connection: Connection,
  bytes: ArrayBuffer,
  kind: 'text' | 'binary',
): void {
  dispatchMessage(parts, connection, decode(connection, bytes, kind), bytes.byteLength);
}

/** HOT PATH. Does what a frame asks for that was read. */
export function dispatchMessage(
  parts: CommandParts,
  connection: Connection,
  message: DeviceMessage | Refusal,
  frameBytes: number,
): void {
  switch (message.type) {
    case 'Send':
    case 'AuthRequest':
    case 'AuthResponse':
    case 'AuthVerify':
    case 'AuthSuccess':
    case 'KeyRotationUpdate':
    case 'KeyRotationAck':
      send(parts, connection, message, frameBytes);
      return;
    case 'Ack':
      ack(parts, connection, message);
      return;
    case 'Register':
      register(parts, connection, message);
      return;
    case 'Prove':
      prove(parts, connection, message);
      return;
    case 'Contacts':
      contacts(parts, connection, message, frameBytes);
      return;
    case 'Status':
      setStatus(parts, connection, message);
      return;
    case 'Ping':
      if (parts.replies.allowControl(connection)) parts.outbox.add(connection, encodePong(connection.encoding));
      return;
    case 'refused':
      parts.replies.refuse(connection, message, frameBytes < shortestFrameBytes ? nothingBytes : frameBytes);
  }
}
