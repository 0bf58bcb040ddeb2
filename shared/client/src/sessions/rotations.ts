import { withoutOldKeys } from './old-keys';
import type { RotationAnswer, RotationUpdate } from './ports';
import { answerStep, finishStep, type RotationContext, startStep } from './rotation-steps';
import type { SessionCore } from './session-core';
import { SessionError } from './session-error';
import { shortId } from './session-events';
import { countsOf, firstKeyId, newestEpoch, type SessionState } from './session-state';

const maxAgeMs = 7 * 24 * 60 * 60 * 1000;
const maxMessages = 10_000;
const offerAgainMs = 5 * 60 * 1000;
const confirmAgainMs = 24 * 60 * 60 * 1000;
const tellAgainMs = 60 * 60 * 1000;
const refuseAgainMs = 60 * 1000;

/** Brings the two sides of each session to new keys, however long one of them is away. */
export class Rotations {
  private readonly core: SessionCore;
  /** Unix ms of the last offer to each peer. */
  private readonly offeredAt = new Map<string, number>();
  private readonly confirmedAt = new Map<string, number>();
  private readonly toldAt = new Map<string, number>();
  private readonly refusedAt = new Map<string, number>();

  constructor(core: SessionCore) {
    this.core = core;
  }

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
      const step = await answerStep(state, frame, this.context());
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
        // Anybody could have made these up; a peer that is out of step is told by its messages.
        case 'unknown-key':
        case 'altered':
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

  /** At most once a minute: a relay may show the same update again and again. */
  private refuse(frame: RotationUpdate, sealed: Uint8Array): void {
    const [id, now] = [frame.peerId.toUpperCase(), this.core.parts.now()];
    if (Math.abs(now - (this.refusedAt.get(id) ?? Number.NEGATIVE_INFINITY)) < refuseAgainMs) return;
    this.refusedAt.set(id, now);
    this.answer(frame, 'refused', sealed);
  }

  /** At most once an hour: the peer offers again every few minutes. */
  private tellOutOfStep(peerId: string): void {
    const now = this.core.parts.now();
    if (Math.abs(now - (this.toldAt.get(peerId) ?? Number.NEGATIVE_INFINITY)) < tellAgainMs) return;
    this.toldAt.set(peerId, now);
    const sentence = `This device and ${shortId(peerId)} no longer have the same keys, as after a backup was restored: pair the two again.`;
    this.core.parts.emit({ name: 'outOfStep', peerId, sentence });
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
