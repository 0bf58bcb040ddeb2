import type { Changes, Store } from '../stores/store';
import { eraseAll, eraseDropped } from './old-keys';
import { SessionError } from './session-error';
import { shortId } from './session-events';
import { changesOf, countsKey, forgetting, keysKey, peerOfKey, readSession, sessionPrefix } from './session-record';
import type { SessionState } from './session-state';

/** Writes the changes, and whatever the writer adds, in one write of the store. */
export type Writer = (changes: Changes) => Promise<void>;

const printed = Symbol.for('nodejs.util.inspect.custom');

/** The sessions as the store has them; a copy in memory is trusted until a write fails. */
export class SessionMemory {
  private readonly states = new Map<string, SessionState>();
  private readonly lives = new Map<string, number>();
  private readonly ownId: string;

  constructor(
    private readonly store: Store,
    ownId: string,
  ) {
    this.ownId = ownId.toUpperCase();
  }

  async peers(): Promise<string[]> {
    const keys = await this.store.keys(sessionPrefix);
    return keys.map(peerOfKey).filter((peerId) => peerId !== undefined);
  }

  /** Another number when the session is another one, since it began anew or was forgotten. */
  life(peerId: string): number {
    return this.lives.get(peerId) ?? 0;
  }

  /** Rejects with a SessionError `damaged`. */
  async get(peerId: string): Promise<SessionState | undefined> {
    const known = this.states.get(peerId);
    if (known !== undefined) return known;
    const keys = await this.store.get(keysKey(peerId));
    if (keys === undefined) return undefined;
    const counts = await this.store.get(countsKey(peerId));
    const state = readSession({ ownId: this.ownId, peerId }, keys, counts);
    if (state === undefined) {
      throw new SessionError(
        'damaged',
        `What this device keeps of its pairing with ${shortId(peerId)} is damaged: pair the two again.`,
      );
    }
    this.states.set(peerId, state);
    return state;
  }

  /** After a failed write nobody knows which state the store has, so it is read again. */
  async save(last: SessionState | undefined, next: SessionState, write: Writer): Promise<void> {
    this.states.delete(next.peerId);
    await write(changesOf(last, next));
    this.states.set(next.peerId, next);
    if (last !== undefined) eraseDropped(last, next);
  }

  async replace(next: SessionState, write: Writer): Promise<void> {
    const known = this.states.get(next.peerId);
    await this.save(undefined, next, write);
    this.lives.set(next.peerId, this.life(next.peerId) + 1);
    if (known !== undefined) eraseAll(known);
  }

  async forget(peerId: string, write: Writer): Promise<void> {
    const known = this.states.get(peerId);
    await write(forgetting(peerId));
    this.lives.set(peerId, this.life(peerId) + 1);
    this.states.delete(peerId);
    if (known !== undefined) eraseAll(known);
  }

  /** Keys are in here. */
  toJSON(): string {
    return '[sessions]';
  }

  [printed](): string {
    return this.toJSON();
  }
}
