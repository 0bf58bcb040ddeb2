import { withoutOldKeys } from './old-keys';
import { PeerBudget } from './peer-budget';
import type { RotationAnswer, RotationUpdate } from './ports';
import { noMessageId } from './rotation-package';
import { answerStep, finishStep, type RotationContext, startStep } from './rotation-steps';
import type { SessionCore } from './session-core';
import { SessionError } from './session-error';
import { shortId, tamperedSentence } from './session-events';
import { countsOf, firstKeyId, newestEpoch, type SessionState } from './session-state';

const maxAgeMs = 7 * 24 * 60 * 60 * 1000;
const maxMessages = 10_000;
const offerAgainMs = 5 * 60 * 1000;
const confirmAgainMs = 24 * 60 * 60 * 1000;
const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;
/** Of each peer's, in a minute; more is ignored, and offered again in five minutes by a peer that means it. */
const mostUpdates = 6;
/** Of those that were answered before, or are of keys that are in use. */
const mostRepeats = 5;

/** Brings the two sides of each session to new keys, however long one of them is away. */
export class Rotations {
  /** Unix ms of the last offer to each peer. */
  private readonly offeredAt = new Map<string, number>();
  private readonly confirmedAt = new Map<string, number>();
  private readonly updates = {
    new: new PeerBudget(mostUpdates, minuteMs),
    again: new PeerBudget(mostRepeats, minuteMs),
  };
  /** A relay may show the same update again and again. */
  private readonly refusals = new PeerBudget(1, minuteMs);
  /** The peer offers again every few minutes. */
  private readonly told = new PeerBudget(1, hourMs);
  private readonly tampered = new PeerBudget(1, hourMs);

  constructor(private readonly core: SessionCore) {}

  async start(peerId: string): Promise<'started' | 'under-way'> {
    return this.core.step(peerId, async (state) => {
      const step = await startStep(state, this.context());
      if (step.status === 'under-way') return 'under-way';
      await this.core.save(state, step.state);
      this.offer(step.state);
      return 'started';
    });
  }

  /** From a stranger, it is ignored: there is nothing to answer with. */
  async onUpdate(frame: RotationUpdate): Promise<void> {
    await this.known(frame.peerId, async (state) => {
      const take = (update: 'new' | 'again') => this.updates[update].take(state.peerId, this.core.parts.now());
      const step = await answerStep(state, frame, this.context(), take);
      switch (step.status) {
        case 'answered':
          await this.core.save(state, step.state);
          this.answer(frame, 'rotated', step.package);
          return;
        // Perhaps the relay showed an old update again. If not, its sender is told by the answer, which no relay can make up.
        case 'in-use':
          this.refuse(frame, step.package);
          return;
        case 'ours-goes-first':
          this.offer(state);
          return;
        case 'tampered':
          this.tellTampered(state.peerId);
          return;
        // Anybody could have made these up; a peer that is out of step is told by its messages.
        case 'unknown-key':
        case 'altered':
        case 'too-often':
          return;
        default:
          step satisfies never;
      }
    });
  }

  async onAnswer(frame: RotationAnswer): Promise<void> {
    await this.known(frame.peerId, async (state) => {
      const step = await finishStep(state, frame, this.context());
      if (step.status === 'ignored') return;
      if (step.status === 'tampered') return this.tellTampered(state.peerId);
      await this.core.save(state, step.state);
      const { peerId } = state;
      if (step.status === 'refused') this.tellOutOfStep(peerId);
      else this.core.parts.emit({ name: 'rotated', peerId, keyId: frame.keyId });
    });
  }

  /**
   * The peer can't open what this side seals. Only the key in use matters, and a message that this side did post: a relay can make
   * up one under a key that is yet to come, and keep the answer until there is that key.
   */
  async onLostKey(peerId: string, { keyId, messageId }: { keyId: bigint; messageId: string }): Promise<void> {
    if (!this.core.posted.has(peerId, messageId)) return;
    await this.known(peerId, async (state) => {
      if (keyId === state.sendKeyId) this.tellOutOfStep(state.peerId);
    });
  }

  async offerAll(): Promise<void> {
    for (const peerId of await this.core.memory.peers()) {
      await this.known(peerId, async (state) => this.offer(state));
    }
  }

  async tick(): Promise<void> {
    for (const peerId of await this.core.memory.peers()) {
      await this.known(peerId, async (state) => this.tickOne(state));
    }
  }

  private async tickOne(last: SessionState): Promise<void> {
    const now = this.core.parts.now();
    const state = this.confirmingAgain(withoutOldKeys(last, now), now);
    const step = isDue(state, now) ? await startStep(state, this.context()) : undefined;
    const next = step?.status === 'started' ? step.state : state;
    await this.core.save(last, next);
    const sinceOffer = Math.abs(now - (this.offeredAt.get(next.peerId) ?? Number.NEGATIVE_INFINITY));
    if (step?.status === 'started' || sinceOffer >= offerAgainMs) this.offer(next);
  }

  /** The relay may have dropped the confirmation, or it expired there: without one, the peer would seal under its old key for ever. */
  private confirmingAgain(state: SessionState, now: number): SessionState {
    const { peerId, sendKeyId, openedKeyId } = state;
    const isUnheard = sendKeyId > openedKeyId && sendKeyId === newestEpoch(state).keyId && sendKeyId > firstKeyId;
    const last = this.confirmedAt.get(peerId) ?? newestEpoch(state).since;
    if (!isUnheard || Math.abs(now - last) < confirmAgainMs) return state;
    this.confirmedAt.set(peerId, now);
    return { ...state, owes: 'confirmation' };
  }

  /** A peer without a session is left alone, as is one whose session can't be read: its messages tell. */
  private async known(peerId: string, step: (state: SessionState) => Promise<void>): Promise<void> {
    await this.core.alone(peerId, async (id) => {
      const state = await this.core.memory.get(id).catch(nothingWhereDamaged);
      if (state !== undefined) await step(state);
    });
  }

  private offer({ peerId, pending }: SessionState): void {
    if (pending === undefined) return;
    this.offeredAt.set(peerId, this.core.parts.now());
    this.core.parts.frames.update({ peerId, keyId: pending.keyId, package: pending.package });
  }

  private answer({ peerId, keyId }: RotationUpdate, outcome: 'rotated' | 'refused', sealed: Uint8Array): void {
    this.core.parts.frames.answer({ peerId, keyId, outcome, package: sealed });
  }

  private refuse(frame: RotationUpdate, sealed: Uint8Array): void {
    if (this.refusals.take(frame.peerId, this.core.parts.now()) === 'taken') this.answer(frame, 'refused', sealed);
  }

  private tellOutOfStep(peerId: string): void {
    const { now, emit } = this.core.parts;
    if (this.told.take(peerId, now()) === 'used-up') return;
    const sentence = `This device and ${shortId(peerId)} no longer have the same keys, as after a backup was restored: pair the two again.`;
    emit({ name: 'outOfStep', peerId, sentence });
  }

  /** Only the peer itself can have sealed such a package. Nothing is answered: what it would agree on is known to all. */
  private tellTampered(peerId: string): void {
    const { now, emit } = this.core.parts;
    if (this.tampered.take(peerId, now()) === 'used-up') return;
    const sentence = tamperedSentence(peerId);
    emit({ name: 'refused', peerId, messageId: noMessageId, why: 'tampered', sentence });
  }

  private context(): RotationContext {
    const { identity, random, now } = this.core.parts;
    return { identity: identity.agreement, random, now: now() };
  }
}

function nothingWhereDamaged(error: unknown): undefined {
  if (error instanceof SessionError && error.code === 'damaged') return undefined;
  throw error;
}

/** A clock that was set back by more than a key's age counts as time that passed. */
function isDue(state: SessionState, now: number): boolean {
  const { keyId, since } = newestEpoch(state);
  return Math.abs(now - since) >= maxAgeMs || countsOf(state, keyId).sent >= maxMessages;
}
