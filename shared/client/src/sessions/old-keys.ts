import { erase } from '../crypto/index';
import type { Epoch, SessionState } from './session-state';

/** One day more than the relay keeps a message at most. */
const keptMs = 8 * 24 * 60 * 60 * 1000;
const maxOldEpochs = 4;

/** What a step leaves behind: old keys begin to age, roots that nothing will be derived from and keys too old are gone. */
export function withoutOldKeys(state: SessionState, now: number): SessionState {
  const aged = state.epochs.map((epoch) => retired(withoutRoot(epoch, state.sendKeyId), state, now));
  const old = aged.filter(({ keyId }) => keyId < state.sendKeyId);
  const tooMany = new Set(old.slice(0, Math.max(0, old.length - maxOldEpochs)));
  const epochs = aged.filter((epoch) => !tooMany.has(epoch) && !isTooOld(epoch, now));
  if (isUnchanged(state.epochs, epochs)) return state;
  const kept = new Set(epochs.map(({ keyId }) => keyId));
  return { ...state, epochs, counts: new Map([...state.counts].filter(([keyId]) => kept.has(keyId))) };
}

/** Overwrites in memory what `next` no longer has. To be called when the store has forgotten it. */
export function eraseDropped(last: SessionState, next: SessionState): void {
  const kept = new Set(secretsOf(next));
  for (const secret of secretsOf(last)) {
    if (!kept.has(secret)) erase(secret);
  }
}

export function eraseAll(state: SessionState): void {
  erase(...secretsOf(state));
}

function withoutRoot(epoch: Epoch, sendKeyId: bigint): Epoch {
  return epoch.root === undefined || epoch.keyId >= sendKeyId ? epoch : { ...epoch, root: undefined };
}

function retired(epoch: Epoch, { sendKeyId, openedKeyId }: SessionState, now: number): Epoch {
  const isInUse = epoch.keyId >= sendKeyId || epoch.keyId >= openedKeyId;
  return isInUse || epoch.retiredAt !== undefined ? epoch : { ...epoch, retiredAt: now };
}

/** A clock that was set back must not keep keys for longer than twice. */
function isTooOld({ retiredAt }: Epoch, now: number): boolean {
  return retiredAt !== undefined && Math.abs(now - retiredAt) > keptMs;
}

function isUnchanged(last: readonly Epoch[], next: readonly Epoch[]): boolean {
  return last.length === next.length && next.every((epoch, at) => epoch === last[at]);
}

function secretsOf({ epochs, pending }: SessionState): Uint8Array[] {
  const ofEpochs = epochs.flatMap(({ root, sendKey, receiveKey }) => [root, sendKey, receiveKey]);
  return [...ofEpochs, pending?.secret].filter((secret) => secret !== undefined);
}
