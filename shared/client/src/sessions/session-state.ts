import { directionKey } from './key-schedule';

/** One key id of a pair. */
export type Epoch = {
  readonly keyId: bigint;
  /** What the next root is derived from; gone when this side sends under a newer one. */
  readonly root: Uint8Array | undefined;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
  /** Unix ms. */
  readonly since: number;
  /** Unix ms since when a newer one is in use both ways. */
  readonly retiredAt: number | undefined;
};

export type Counts = {
  /** The counter of the last message sealed, 0 before the first. */
  readonly sent: number;
  /** The highest counter whose message was handled. */
  readonly received: number;
  /** That message's id: it comes again when a crash kept the relay from hearing that it was handled. */
  readonly receivedId: string;
};

/** An update that the peer hasn't answered. The secret is of the fresh key; the package is offered until it is answered. */
export type Pending = { readonly keyId: bigint; readonly secret: Uint8Array; readonly package: Uint8Array };

/** The last update that this side answered: the same update gets the same answer. */
export type Answered = { readonly keyId: bigint; readonly ephemeral: Uint8Array; readonly package: Uint8Array };

export type SessionState = {
  readonly ownId: string;
  readonly peerId: string;
  /** The peer's identity key of X25519. */
  readonly theirs: Uint8Array;
  /** Oldest first, never empty. */
  readonly epochs: readonly Epoch[];
  /** Under which this side seals: the newest, or the one before it while the starter of the newest wasn't heard under it. */
  readonly sendKeyId: bigint;
  /** The newest under which something of the peer was opened. */
  readonly openedKeyId: bigint;
  readonly pending: Pending | undefined;
  readonly answered: Answered | undefined;
  /** `confirmation`: the peer is yet to be told that this side seals under the newest key. */
  readonly owes: 'confirmation' | 'nothing';
  readonly counts: ReadonlyMap<bigint, Counts>;
};

export type FirstKeys = {
  readonly ownId: string;
  readonly peerId: string;
  readonly theirs: Uint8Array;
  readonly root: Uint8Array;
  /** Unix ms. */
  readonly now: number;
};

export const firstKeyId = 1n;
const noCounts: Counts = { sent: 0, received: 0, receivedId: '' };

/** What two devices have right after they were paired. */
export function firstState({ ownId, peerId, theirs, root, now }: FirstKeys): SessionState {
  const ids = { ownId: ownId.toUpperCase(), peerId: peerId.toUpperCase() };
  return {
    ...ids,
    theirs,
    epochs: [newEpoch(ids, firstKeyId, root, now)],
    sendKeyId: firstKeyId,
    openedKeyId: 0n,
    pending: undefined,
    answered: undefined,
    owes: 'nothing',
    counts: new Map(),
  };
}

export function newEpoch(
  { ownId, peerId }: Pick<SessionState, 'ownId' | 'peerId'>,
  keyId: bigint,
  root: Uint8Array,
  now: number,
): Epoch {
  const sendKey = directionKey(root, ownId, peerId, keyId);
  const receiveKey = directionKey(root, peerId, ownId, keyId);
  return { keyId, root, sendKey, receiveKey, since: now, retiredAt: undefined };
}

export function epochOf(state: SessionState, keyId: bigint): Epoch | undefined {
  return state.epochs.find((epoch) => epoch.keyId === keyId);
}

export function newestEpoch(state: SessionState): Epoch {
  return state.epochs.at(-1)!;
}

export function countsOf(state: SessionState, keyId: bigint): Counts {
  return state.counts.get(keyId) ?? noCounts;
}

export function withCounts(state: SessionState, keyId: bigint, changed: Partial<Counts>): SessionState {
  return { ...state, counts: new Map(state.counts).set(keyId, { ...countsOf(state, keyId), ...changed }) };
}

/**
 * The first root, until a message of the peer's was opened, or an update of its keys: a session that went back to a root that was in
 * use would open the same messages once more.
 */
export function unheardRoot(state: SessionState): Uint8Array | undefined {
  const { sendKeyId, openedKeyId, answered } = state;
  const isUnheard = sendKeyId === firstKeyId && openedKeyId === 0n && answered === undefined;
  return isUnheard ? epochOf(state, firstKeyId)?.root : undefined;
}
