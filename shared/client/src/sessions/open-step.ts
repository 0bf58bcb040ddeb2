import { type Content, readContent } from './content';
import { withoutOldKeys } from './old-keys';
import { openBytes, readSealedHeader, type SealedHeader } from './sealed-message';
import { countsOf, epochOf, newestEpoch, type SessionState, withCounts } from './session-state';

/** What arrived, as the frame has it; its `data` is not trusted before it is open. */
export type Arrived = { readonly senderId: string; readonly messageId: string; readonly data: Uint8Array };

/** Sealed by the peer for this device, and not seen before. */
export type OpenedMessage = Content & {
  readonly status: 'opened';
  readonly header: SealedHeader;
  readonly messageId: string;
  /** How many before it, under its key, never came. */
  readonly missing: number;
};

/** Why a message was not read. */
export type Refusal =
  /** No sealed message of a version that is known here. */
  | { readonly why: 'malformed' }
  /** Sealed under a key that this side never had, or has erased. */
  | { readonly why: 'unknown-key'; readonly keyId: bigint; readonly newestKeyId: bigint }
  /** Not what the peer sealed, or not for this recipient, id, key or place. */
  | { readonly why: 'altered' }
  /** Its counter was seen: the relay replays or reorders, or the peer's store is older than its messages. */
  | { readonly why: 'out-of-order'; readonly keyId: bigint; readonly counter: number; readonly highest: number };

export type Opened =
  | OpenedMessage
  /** It was handled already; the relay has not heard so. */
  | { readonly status: 'repeated' }
  | ({ readonly status: 'refused' } & Refusal);

/** Changes nothing: what was opened counts when it has been handled (`acceptStep`). */
export async function openStep(state: SessionState, { messageId, data }: Arrived): Promise<Opened> {
  const header = readSealedHeader(data);
  if (header === undefined || header.counter === 0) return { status: 'refused', why: 'malformed' };
  const { keyId, counter } = header;
  const epoch = epochOf(state, keyId);
  if (epoch === undefined) {
    return { status: 'refused', why: 'unknown-key', keyId, newestKeyId: newestEpoch(state).keyId };
  }
  const route = { senderId: state.peerId, recipientId: state.ownId, messageId };
  const plain = await openBytes(epoch.receiveKey, route, data);
  if (plain === undefined) return { status: 'refused', why: 'altered' };
  const { received: highest, receivedId } = countsOf(state, keyId);
  if (counter === highest && messageId.toLowerCase() === receivedId) return { status: 'repeated' };
  if (counter <= highest) return { status: 'refused', why: 'out-of-order', keyId, counter, highest };
  const content = readContent(plain);
  if (content === undefined) return { status: 'refused', why: 'malformed' };
  return { status: 'opened', header, messageId, missing: counter - highest - 1, ...content };
}

/** Counts what was handled; the first under a new key shows that the peer has it, so this side seals under it from now on. */
export function acceptStep(state: SessionState, { header, messageId }: OpenedMessage, now: number): SessionState {
  const { keyId, counter } = header;
  if (counter <= countsOf(state, keyId).received || epochOf(state, keyId) === undefined) return state;
  const counted = withCounts(state, keyId, { received: counter, receivedId: messageId.toLowerCase() });
  return withoutOldKeys(heardUnder(counted, keyId), now);
}

/** The peer sealed something under this key. */
function heardUnder(state: SessionState, keyId: bigint): SessionState {
  if (keyId <= state.openedKeyId) return state;
  const heard = { ...state, openedKeyId: keyId };
  return keyId > state.sendKeyId ? { ...heard, sendKeyId: keyId, owes: 'confirmation' } : heard;
}
