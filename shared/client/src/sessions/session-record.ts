import { fromBase64, textOf, toBase64, utf8 } from '../crypto/index';
import type { Changes } from '../stores/store';
import type { Answered, Counts, Epoch, Pending, SessionState } from './session-state';

/**
 * Two records for each peer: keys are written only when they change, so that a journal does not fill with copies of them, and counts
 * with every message.
 */
const prefix = 'session:';
const keysSuffix = ':keys';
const countsSuffix = ':counts';

export function keysKey(peerId: string): string {
  return `${prefix}${peerId.toLowerCase()}${keysSuffix}`;
}

export function countsKey(peerId: string): string {
  return `${prefix}${peerId.toLowerCase()}${countsSuffix}`;
}

export const sessionPrefix = prefix;

/** Of a store's key; nothing when the key is of something else. */
export function peerOfKey(key: string): string | undefined {
  return key.startsWith(prefix) && key.endsWith(keysSuffix)
    ? key.slice(prefix.length, -keysSuffix.length).toUpperCase()
    : undefined;
}

/** What is to be written so that the store has `next`, where it has `last`. */
export function changesOf(last: SessionState | undefined, next: SessionState): Changes {
  const changes = new Map<string, Uint8Array>();
  if (last === undefined || !haveSameKeys(last, next)) changes.set(keysKey(next.peerId), writeKeys(next));
  if (last?.counts !== next.counts) changes.set(countsKey(next.peerId), writeCounts(next));
  return changes;
}

export function forgetting(peerId: string): Changes {
  return new Map([
    [keysKey(peerId), undefined],
    [countsKey(peerId), undefined],
  ]);
}

/** Nothing when a record is damaged. */
export function readSession(
  ids: Pick<SessionState, 'ownId' | 'peerId'>,
  keys: Uint8Array,
  counts: Uint8Array | undefined,
): SessionState | undefined {
  try {
    const state = stateOf(parse(keys));
    return { ...ids, ...state, counts: counts === undefined ? new Map() : countsOf(parse(counts)) };
  } catch {
    return undefined;
  }
}

type KeysOfState = Omit<SessionState, 'ownId' | 'peerId' | 'counts'>;

function haveSameKeys(last: SessionState, next: SessionState): boolean {
  const { counts: _1, ...lastKeys } = last;
  const { counts: _2, ...nextKeys } = next;
  return Object.entries(nextKeys).every(([name, value]) => lastKeys[name as keyof typeof lastKeys] === value);
}

function writeKeys({ theirs, epochs, sendKeyId, openedKeyId, pending, answered, owes }: SessionState): Uint8Array {
  return jsonOf({
    v: 1,
    theirs: toBase64(theirs),
    epochs: epochs.map(({ keyId, root, sendKey, receiveKey, since, retiredAt }) => ({
      id: `${keyId}`,
      root: root && toBase64(root),
      send: toBase64(sendKey),
      receive: toBase64(receiveKey),
      since,
      retired: retiredAt,
    })),
    send: `${sendKeyId}`,
    opened: `${openedKeyId}`,
    pending: pending && {
      id: `${pending.keyId}`,
      secret: toBase64(pending.secret),
      package: toBase64(pending.package),
    },
    answered: answered && {
      id: `${answered.keyId}`,
      ephemeral: toBase64(answered.ephemeral),
      package: toBase64(answered.package),
    },
    owes,
  });
}

function stateOf(record: Fields): KeysOfState {
  const epochs = (record.epochs as Fields[]).map(epochOf);
  if (record.v !== 1 || epochs.length === 0) throw new TypeError('another version');
  return {
    theirs: bytes(record.theirs),
    epochs,
    sendKeyId: BigInt(record.send as string),
    openedKeyId: BigInt(record.opened as string),
    pending: record.pending === undefined ? undefined : pendingOf(record.pending as Fields),
    answered: record.answered === undefined ? undefined : answeredOf(record.answered as Fields),
    owes: record.owes === 'confirmation' ? 'confirmation' : 'nothing',
  };
}

type Fields = Readonly<Record<string, unknown>>;

function epochOf({ id, root, send, receive, since, retired }: Fields): Epoch {
  return {
    keyId: BigInt(id as string),
    root: root === undefined ? undefined : bytes(root),
    sendKey: bytes(send),
    receiveKey: bytes(receive),
    since: since as number,
    retiredAt: retired as number | undefined,
  };
}

function pendingOf({ id, secret, package: sealed }: Fields): Pending {
  return { keyId: BigInt(id as string), secret: bytes(secret), package: bytes(sealed) };
}

function answeredOf({ id, ephemeral, package: sealed }: Fields): Answered {
  return { keyId: BigInt(id as string), ephemeral: bytes(ephemeral), package: bytes(sealed) };
}

function writeCounts({ counts }: SessionState): Uint8Array {
  const entries = [...counts].map(([keyId, { sent, received, receivedId }]) => [
    `${keyId}`,
    sent,
    received,
    receivedId,
  ]);
  return jsonOf({ v: 1, counts: entries });
}

function countsOf(record: Fields): ReadonlyMap<bigint, Counts> {
  const entries = record.counts as [string, number, number, string][];
  return new Map(entries.map(([keyId, sent, received, receivedId]) => [BigInt(keyId), { sent, received, receivedId }]));
}

function jsonOf(record: object): Uint8Array {
  return utf8(JSON.stringify(record));
}

function parse(record: Uint8Array): Fields {
  return JSON.parse(textOf(record)!) as Fields;
}

/** Throws for what is no base64. */
function bytes(text: unknown): Uint8Array {
  const read = fromBase64(text as string);
  if (read === undefined) throw new TypeError('no base64');
  return read;
}
