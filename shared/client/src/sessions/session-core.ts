import { defaultTtlSeconds } from '../connection/outgoing';
import type { AgreementKey, RandomBytes } from '../crypto/index';
import type { Changes, Store } from '../stores/store';
import { type Control, controlHead } from './control';
import { Exclusive } from './exclusive';
import type { Posted, RotationFrames, SealedOutbox } from './ports';
import { PostedIds } from './posted-ids';
import { sealStep, type ToSeal } from './seal-step';
import { SessionError } from './session-error';
import { type SessionEvent, shortId } from './session-events';
import { SessionMemory } from './session-memory';
import { countsOf, type SessionState } from './session-state';

export type SessionParts = {
  /** The own registered id, and the identity key of X25519. */
  readonly identity: { readonly id: string; readonly agreement: AgreementKey };
  readonly store: Store;
  readonly outbox: SealedOutbox;
  readonly frames: RotationFrames;
  readonly emit: (event: SessionEvent) => void;
  readonly random: RandomBytes;
  /** A new UUID each time. */
  readonly newMessageId: () => string;
  /** Unix ms. */
  readonly now: () => number;
};

const noBody = new Uint8Array(0);

export type PostMessage = ToSeal & { readonly ttlSeconds: number };

/** One step at a time for each peer: read, decide, write once. */
export class SessionCore {
  readonly memory: SessionMemory;
  readonly posted = new PostedIds();
  private readonly exclusive = new Exclusive();

  constructor(readonly parts: SessionParts) {
    this.memory = new SessionMemory(parts.store, parts.identity.id);
  }

  async alone<Result>(peerId: string, step: (peerId: string) => Promise<Result>): Promise<Result> {
    const id = peerId.toUpperCase();
    return this.exclusive.run(id, () => step(id));
  }

  /** Rejects with a SessionError `not-paired` or `damaged`. */
  async step<Result>(peerId: string, step: (state: SessionState) => Promise<Result>): Promise<Result> {
    return this.alone(peerId, async (id) => {
      const state = await this.memory.get(id);
      if (state === undefined) {
        throw new SessionError('not-paired', `This device is not paired with ${shortId(id)}: pair the two first.`);
      }
      return step(state);
    });
  }

  /** Stores the next state, and in the same write what is to be told to the peer because of it. */
  async save(last: SessionState | undefined, next: SessionState): Promise<void> {
    if (next === last) return;
    if (next.owes === 'nothing') {
      await this.memory.save(last, next, (changes) => this.parts.store.write(changes));
      return;
    }
    await this.confirm(last, next);
  }

  /** Seals and posts in one write; an owed confirmation goes first, so that it is the first under its key. */
  async post(state: SessionState, { ttlSeconds, ...message }: PostMessage): Promise<Posted> {
    const current = state.owes === 'nothing' ? state : await this.confirm(state, state);
    const sealed = await sealStep(current, message, this.parts.random);
    const { peerId: recipientId } = state;
    const post = { recipientId, messageId: message.messageId, data: sealed.bytes, ttlSeconds };
    let posted: Posted | undefined;
    await this.memory.save(current, sealed.state, async (changes) => {
      posted = this.parts.outbox.post(post, changes);
      await posted.kept;
    });
    this.remember(sealed.state, message.messageId);
    return posted!;
  }

  /** Nobody waits for what the relay says of it. */
  async postControl(state: SessionState, control: Control): Promise<void> {
    const { accepted } = await this.post(state, this.controlMessage(control));
    accepted.catch(() => {});
  }

  private async confirm(last: SessionState | undefined, next: SessionState): Promise<SessionState> {
    const { sent } = countsOf(next, next.sendKeyId - 1n);
    const control = this.controlMessage({ t: 'confirmed', keyId: next.sendKeyId, sent });
    const sealed = await sealStep({ ...next, owes: 'nothing' }, control, this.parts.random);
    const post = { ...control, recipientId: next.peerId, data: sealed.bytes };
    await this.memory.save(last, sealed.state, (changes) => this.postQuietly(post, changes));
    this.remember(sealed.state, post.messageId);
    return sealed.state;
  }

  /** What was sealed last. */
  private remember(state: SessionState, messageId: string): void {
    this.posted.add(state.peerId, messageId, countsOf(state, state.sendKeyId).sent);
  }

  private async postQuietly(post: Parameters<SealedOutbox['post']>[0], changes: Changes): Promise<void> {
    const { kept, accepted } = this.parts.outbox.post(post, changes);
    accepted.catch(() => {});
    await kept;
  }

  private controlMessage(control: Control): PostMessage {
    const messageId = this.parts.newMessageId();
    return { kind: 'control', head: controlHead(control), body: noBody, messageId, ttlSeconds: defaultTtlSeconds };
  }
}
