import type { Content } from './content';
import { readControl } from './control';
import { Failures } from './failures';
import { withoutOldKeys } from './old-keys';
import { type Arrived, acceptStep, type OpenedMessage, openStep, type Refusal } from './open-step';
import { PeerBudget } from './peer-budget';
import type { Posted, RotationAnswer, RotationUpdate } from './ports';
import { Rotations } from './rotations';
import { readSealedHeader, type SealedKind } from './sealed-message';
import { SessionCore, type SessionParts } from './session-core';
import { SessionError } from './session-error';
import {
  gaveUpSentence,
  missingSentence,
  refusedSentence,
  restoredSentence,
  shortId,
  unsentSentence,
} from './session-events';
import type { Writer } from './session-memory';
import { countsOf, firstState, type SessionState, unheardRoot, withCounts } from './session-state';

export type SealedSend = Content & {
  readonly kind: SealedKind;
  /** A UUID. */
  readonly messageId: string;
  readonly ttlSeconds: number;
};

export type NewSession = {
  readonly peerId: string;
  /** The peer's identity key of X25519. */
  readonly theirs: Uint8Array;
  /** As `pairingRoot` or `introducedRoot` makes it. */
  readonly root: Uint8Array;
};

/** `stranger`: there is no session with the sender. All of them are to be acked: what was not read now never will be. */
export type Received = 'handled' | 'repeated' | 'refused' | 'stranger';

/** The sessions with all peers. Every method that changes something does so in one write of the store. */
export class Sessions {
  private readonly core: SessionCore;
  private readonly rotations: Rotations;
  private readonly failures: Failures;
  /** A relay that replays must not make a device talk without end. */
  private readonly warnings = new PeerBudget(1, 60_000);
  /** Of what no relay can make up: two messages that the peer sealed under one number. */
  private readonly reuses = new PeerBudget(1, 60_000);

  constructor(parts: SessionParts) {
    this.core = new SessionCore(parts);
    this.rotations = new Rotations(this.core);
    this.failures = new Failures(parts.now);
  }

  /**
   * Begins anew, also where a session was: what waits for the relay under its keys is rejected with a SessionError `paired-again`,
   * and told (`unsent`). `write` writes the session together with what else belongs to the peer.
   */
  async begin({ peerId, theirs, root }: NewSession, write: Writer = this.write): Promise<void> {
    const { identity, now, emit } = this.core.parts;
    const error = new SessionError(
      'paired-again',
      `${shortId(peerId)} was paired again before this left: send it again.`,
    );
    await this.core.alone(peerId, async (id) => {
      const state = firstState({ ownId: identity.id, peerId: id, theirs, root, now: now() });
      const count = await this.withdrawing(id, error, write, (all) => this.core.memory.replace(state, all));
      this.leave(id);
      if (count > 0) emit({ name: 'unsent', peerId: id, count, sentence: unsentSentence(id, count) });
    });
  }

  /** What waits for the relay is rejected with a SessionError `not-paired`. */
  async forget(peerId: string, write: Writer = this.write): Promise<void> {
    const error = new SessionError('not-paired', `${shortId(peerId)} was forgotten before this left.`);
    await this.core.alone(peerId, async (id) => {
      await this.withdrawing(id, error, write, (all) => this.core.memory.forget(id, all));
      this.leave(id);
    });
  }

  /** Whether this session posted it lately: who answers to another message answers to nothing. */
  hasPosted(peerId: string, messageId: string): boolean {
    return this.core.posted.has(peerId, messageId);
  }

  /** Peers with whom there is a session. */
  async peers(): Promise<string[]> {
    return this.core.memory.peers();
  }

  /** Under which this side seals: 1 until the first rotation. Nothing where there is no session. */
  async keyId(peerId: string): Promise<bigint | undefined> {
    return this.core.alone(peerId, async (id) => (await this.core.memory.get(id))?.sendKeyId);
  }

  /** That the session began with, until something of the peer's was opened under it. */
  async firstRoot(peerId: string): Promise<Uint8Array | undefined> {
    return this.core.alone(peerId, async (id) => {
      const state = await this.core.memory.get(id);
      return state && unheardRoot(state)?.slice();
    });
  }

  /** Resolves when the message is sealed and kept. Rejects with a SessionError, or with what the outbox says. */
  async post(peerId: string, message: SealedSend): Promise<Posted> {
    return this.core.step(peerId, (state) => this.core.post(state, message));
  }

  /**
   * Opens a message and hands it to `handle`, which sees each message once: it counts when the handler has resolved, and comes
   * again when the process ends before. Rejects when the handler fails, and for later messages of the same peer until
   * `registered`: the relay then delivers again, from the first one that isn't acked. After ten tries, ten minutes after the first
   * at the earliest, a message is `refused` as `handler-failed`; not where the handler throws a NotNow.
   */
  async receive(arrived: Arrived, handle: (message: OpenedMessage) => Promise<void>): Promise<Received> {
    const peerId = arrived.senderId.toUpperCase();
    const { opened, life } = await this.open(arrived);
    if (opened === undefined) return 'stranger';
    if (opened.status === 'opened') return this.handleOnce(peerId, opened, life, handle);
    this.failures.settled(peerId, arrived.messageId);
    if (opened.status === 'repeated') return 'repeated';
    await this.refuse(peerId, arrived.messageId, opened);
    return 'refused';
  }

  /** Starts a rotation by hand. */
  async rotate(peerId: string): Promise<'started' | 'under-way'> {
    return this.rotations.start(peerId);
  }

  async onUpdate(frame: RotationUpdate): Promise<void> {
    return this.rotations.onUpdate(frame);
  }

  async onAnswer(frame: RotationAnswer): Promise<void> {
    return this.rotations.onAnswer(frame);
  }

  /** To be called at each registration, before anything of it is received: the relay delivers again. */
  registered(): void {
    this.failures.delivered();
  }

  /** To be called at each registration: offers again what is not answered. */
  async connected(): Promise<void> {
    await this.rotations.offerAll();
  }

  /** To be called every minute or so: what is due to be rotated, offered again, or erased. */
  async tick(): Promise<void> {
    await this.rotations.tick();
  }

  private readonly write: Writer = (changes) => this.core.parts.store.write(changes);

  private async open(arrived: Arrived) {
    return this.core.alone(arrived.senderId, async (peerId) => {
      const state = await this.core.memory.get(peerId);
      return { opened: state && (await openStep(state, arrived)), life: this.core.memory.life(peerId) };
    });
  }

  /** Ends a session, and in the same write what waits under its keys. Answers how many messages of the user's that were. */
  private async withdrawing(
    peerId: string,
    error: SessionError,
    write: Writer,
    end: (write: Writer) => Promise<void>,
  ): Promise<number> {
    const withdrawn = await this.core.parts.outbox.withdraw(peerId);
    try {
      await end((own) => write(new Map([...withdrawn.changes, ...own])));
    } catch (failure) {
      withdrawn.restore();
      throw failure;
    }
    withdrawn.reject(error);
    return withdrawn.messages.filter(({ data }) => readSealedHeader(data)?.kind === 'message').length;
  }

  /** What was of the former session. */
  private leave(peerId: string): void {
    this.failures.forget(peerId);
    this.core.posted.forget(peerId);
  }

  private async handleOnce(
    peerId: string,
    opened: OpenedMessage,
    life: number,
    handle: (message: OpenedMessage) => Promise<void>,
  ): Promise<Received> {
    const { messageId } = opened;
    let received: Received = 'handled';
    await this.failures.guard({
      peerId,
      messageId,
      handle: () => this.handle(peerId, opened, handle),
      count: () => this.accept(peerId, opened, life),
      gaveUp: (error, tries) => {
        received = 'refused';
        const sentence = gaveUpSentence(peerId, tries, error);
        this.core.parts.emit({ name: 'refused', peerId, messageId, why: 'handler-failed', sentence });
      },
    });
    return received;
  }

  private async handle(
    peerId: string,
    opened: OpenedMessage,
    handle: (message: OpenedMessage) => Promise<void>,
  ): Promise<void> {
    if (opened.header.kind === 'control') return this.control(peerId, opened);
    return handle(opened);
  }

  /** A session that began anew while the handler was busy must not count what came under the former one's keys. */
  private async accept(peerId: string, opened: OpenedMessage, life: number): Promise<void> {
    const { now } = this.core.parts;
    const isFormer = (): boolean => this.core.memory.life(peerId) !== life;
    if (isFormer()) return;
    await this.core.step(peerId, async (state) => {
      if (isFormer()) return;
      const accepted = acceptStep(state, opened, now());
      const closed = this.closePrevious(accepted, opened);
      await this.core.save(state, closed.state);
      this.tellMissing(peerId, opened.missing + closed.missing);
    });
  }

  /** What the peer says that it sealed under its last key, and did not come, will not be read any more. */
  private closePrevious(
    state: SessionState,
    { header, head }: OpenedMessage,
  ): { state: SessionState; missing: number } {
    const control = header.kind === 'control' ? readControl(head) : undefined;
    if (control?.t !== 'confirmed' || control.keyId !== header.keyId) return { state, missing: 0 };
    const previous = header.keyId - 1n;
    const missing = control.sent - countsOf(state, previous).received;
    if (missing <= 0 || !state.epochs.some(({ keyId }) => keyId === previous)) return { state, missing: 0 };
    return { state: withCounts(state, previous, { received: control.sent, receivedId: '' }), missing };
  }

  private tellMissing(peerId: string, count: number): void {
    if (count === 0) return;
    this.core.parts.emit({ name: 'missing', peerId, count, sentence: missingSentence(peerId, count) });
  }

  private async control(peerId: string, { head }: OpenedMessage): Promise<void> {
    const control = readControl(head);
    switch (control?.t) {
      case 'stale':
        return this.catchUp(peerId, control.keyId, control);
      case 'lost-key':
        return this.rotations.onLostKey(peerId, control);
      case 'confirmed':
      case undefined:
        return;
      default:
        control satisfies never;
    }
  }

  /**
   * A peer that merely was shown an old message names a counter that this side knows to be past, and not that of the message:
   * the one that it handled last under its number would have been a repeat.
   */
  private async catchUp(peerId: string, keyId: bigint, { messageId, highest }: { messageId: string; highest: number }) {
    const { emit, now } = this.core.parts;
    await this.core.step(peerId, async (state) => {
      if (keyId !== state.sendKeyId) return;
      const isBehind = countsOf(state, keyId).sent < highest;
      if (!isBehind && this.core.posted.counterOf(peerId, messageId) !== highest) return;
      const caughtUp = isBehind ? withoutOldKeys(withCounts(state, keyId, { sent: highest }), now()) : state;
      await this.core.save(state, caughtUp);
      emit({ name: 'restored', peerId, messageId, sentence: `${shortId(peerId)} ${restoredSentence}` });
    });
  }

  private async refuse(peerId: string, messageId: string, refusal: Refusal): Promise<void> {
    const sentence = refusedSentence(peerId, refusal);
    this.core.parts.emit({ name: 'refused', peerId, messageId, why: refusal.why, sentence });
    if (refusal.why !== 'out-of-order' && refusal.why !== 'unknown-key') return;
    const isReuse = refusal.why === 'out-of-order' && refusal.counter === refusal.highest;
    if ((isReuse ? this.reuses : this.warnings).take(peerId, this.core.parts.now()) === 'used-up') return;
    const { keyId } = refusal;
    if (refusal.why === 'unknown-key' && keyId < refusal.newestKeyId) return;
    const control =
      refusal.why === 'unknown-key'
        ? ({ t: 'lost-key', keyId, messageId } as const)
        : ({ t: 'stale', keyId, messageId, highest: refusal.highest } as const);
    await this.core.step(peerId, (state) => this.core.postControl(state, control));
  }
}
