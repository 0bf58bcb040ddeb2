import type { DeviceKey } from '@openrelay/protocol';
import { type QueuedMessage, unpackEnvelope } from '../messages/envelope';
import { unpackr } from '../scripts/message-pack';
import { type AnsweredNotice, isWhole, type LiveNotice, readAnsweredNotice, readLiveNotice } from './live-notice';

/** What scripts publish to a node about its devices, and an operator about the node itself. */
export type Notice =
  | { kind: 'message'; device: DeviceKey; session: string; message: QueuedMessage }
  /** A message too large to publish lies in the queue. */
  | { kind: 'wake'; device: DeviceKey; session: string; seq: number }
  | { kind: 'replaced'; device: DeviceKey; session: string }
  | LiveNotice
  /** What became of a live-only message that this node forwarded. */
  | AnsweredNotice
  /** An operator asks the node to leave, as SIGTERM would. */
  | { kind: 'drain' };

/** `number`: of the publish itself. `probe`: of the publish before it. */
export type Numbered = { kind: 'number' | 'probe'; number: number };

/** @property numbered absent in what no script has published. @property unreadable so many of its notices could not be read */
export type Publish = { numbered: Numbered | undefined; notices: Notice[]; unreadable: number };

/** What scripts and nodes publish are arrays; none of it is trusted. */
type Published = readonly unknown[];

/** HOT PATH. Reads what was published to a node. Kinds of a newer node are passed over. */
export function readPublish(message: Buffer): Publish {
  const { values, rest } = readAll(message);
  const publish: Publish = { numbered: undefined, notices: [], unreadable: rest };
  for (const value of values) {
    const read = Array.isArray(value) ? readPublished(value) : undefined;
    if (read === undefined) publish.unreadable += 1;
    else if (read === 'unknown') continue;
    else if (isNumbered(read)) publish.numbered = read;
    else publish.notices.push(read);
  }
  return publish;
}

function isNumbered(read: Notice | Numbered): read is Numbered {
  return read.kind === 'number' || read.kind === 'probe';
}

/** The values of a publish; `rest` is 1 when something unreadable follows them. */
function readAll(message: Buffer): { values: unknown[]; rest: 0 | 1 } {
  try {
    return { values: unpackr.unpackMultiple(message) as unknown[], rest: 0 };
  } catch (error) {
    return { values: (error as { values?: unknown[] }).values ?? [], rest: 1 };
  }
}

/** `unknown`: a newer node's notice. Undefined: it cannot be read. */
function readPublished(published: Published): Notice | Numbered | 'unknown' | undefined {
  const [kind, number] = published;
  switch (kind) {
    case 'number':
    case 'probe':
      return isWhole(number) ? { kind, number } : undefined;
    case 'message':
    case 'wake':
    case 'replaced':
      return readHoldersNotice(published);
    case 'live':
      return readLiveNotice(published);
    case 'answered':
      return readAnsweredNotice(published);
    case 'drain':
      return { kind: 'drain' };
    default:
      return 'unknown';
  }
}

function readHoldersNotice([kind, device, session, seq, bytes]: Published): Notice | undefined {
  if (typeof device !== 'string' || typeof session !== 'string') return undefined;
  const holder = { device: device as DeviceKey, session };
  if (kind === 'replaced') return { kind, ...holder };
  if (!isWhole(seq)) return undefined;
  if (kind === 'wake') return { kind, ...holder, seq };
  if (!(bytes instanceof Uint8Array)) return undefined;
  const message = unpackEnvelope(bytes);
  return message && { kind: 'message', ...holder, message: { seq, bytes: bytes.length, ...message } };
}
