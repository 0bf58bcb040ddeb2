import { AgreementError, equalBytes, type RandomBytes } from '../crypto/index';
import {
  type Identity,
  type IdentityRecord,
  type Peer,
  PeerKept,
  type Peers,
  PeersFull,
  shownName,
} from '../peers/index';
import { type Head, introducedRoot } from '../sessions/index';
import type { Store } from '../stores/store';
import { type Answer, type Introduction, introductionHead, readAnswer, readIntroduction } from './introduction-head';
import { type PendingIntroduction, PendingIntroductions } from './pending-introductions';

export type IntroductionEvent =
  /** This device trusts another one now, by the word of a peer. */
  | { readonly name: 'introduced'; readonly peer: Peer; readonly by: Peer; readonly sentence: string }
  /** Both of whom this device introduced have each other now. */
  | { readonly name: 'acquainted'; readonly ids: readonly [string, string] }
  | { readonly name: 'declined'; readonly peerId: string; readonly otherId: string; readonly sentence: string };

export type IntroductionParts = {
  readonly identity: Pick<Identity, 'id' | 'agreement'>;
  readonly store: Store;
  readonly peers: Pick<Peers, 'get' | 'list'>;
  /** Seals and keeps one message for the peer. */
  readonly post: (peerId: string, head: Head) => Promise<void>;
  /** Stores the peer and its first session in one step. Rejects as `Peers.add` does. */
  readonly keep: (peer: Peer, root: Uint8Array) => Promise<void>;
  /** Of a pair of which nothing was heard yet; nothing of others. */
  readonly firstRoot: (peerId: string) => Promise<Uint8Array | undefined>;
  /** Both sides begin at once; of the two the one with the smaller id goes first, whichever heard of the other first. */
  readonly rotate: (peerId: string) => Promise<unknown>;
  readonly emit: (event: IntroductionEvent) => void;
  readonly random: RandomBytes;
  /** Unix ms. */
  readonly now: () => number;
};

/** The two can't be introduced; the message says why. */
export class IntroductionError extends Error {
  override readonly name = 'IntroductionError';
}

const sayAgainMs = 24 * 60 * 60 * 1000;
const giveUpMs = 60 * sayAgainMs;
/** By one device: it must not fill the list of peers, so that no other finds room. */
const maxIntroducedBy = 100;

/** Of three machines two codes are enough: a device that trusts two others makes them trust each other. */
export class Introductions {
  private readonly pending: PendingIntroductions;

  constructor(private readonly parts: IntroductionParts) {
    this.pending = new PendingIntroductions(parts.store);
  }

  /** Throws an IntroductionError. */
  async introduce(oneId: string, otherId: string): Promise<void> {
    const [one, other] = [this.introducible(oneId), this.introducible(otherId)];
    if (one.id === other.id) throw new IntroductionError('A device can’t be introduced to itself: name two.');
    const now = this.parts.now();
    // One of them may have heard it the last time: with another secret the two would never have a key in common.
    const last = await this.pending.get([one.id, other.id]);
    const pending = {
      ids: [one.id, other.id],
      secret: last?.secret ?? this.parts.random(32),
      answered: [],
      since: now,
      saidAt: now,
    } as const;
    await this.pending.put(pending);
    await this.say(pending);
  }

  /** What a peer said in a message of this kind. May come again. */
  async handle(by: Peer, head: Head): Promise<void> {
    const answer = readAnswer(head);
    if (answer !== undefined) return this.answered(by, answer);
    const introduction = await readIntroduction(head);
    if (introduction !== undefined) await this.introduced(by, introduction);
  }

  /** To be called now and then: what may have expired on its way is said again, to a peer that was away for long. */
  async tick(): Promise<void> {
    const now = this.parts.now();
    for (const pending of await this.pending.list()) {
      if (Math.abs(now - pending.since) > giveUpMs) await this.pending.remove(pending);
      else if (Math.abs(now - pending.saidAt) > sayAgainMs) {
        const again = { ...pending, saidAt: now };
        await this.pending.put(again);
        await this.say(again);
      }
    }
  }

  private introducible(id: string): Peer & { readonly proof: Uint8Array } {
    const peer = this.parts.peers.get(id);
    if (peer === undefined)
      throw new IntroductionError(`${id.slice(0, 8)} is not paired with this device: pair the two first.`);
    const { proof } = peer;
    if (peer.kind === 'legacy' || proof === undefined) {
      throw new IntroductionError(
        `${shownName(peer)} can’t be introduced: its app knows no introductions. Pair the two directly.`,
      );
    }
    return { ...peer, proof };
  }

  private async say({ ids, secret, answered }: PendingIntroduction): Promise<void> {
    const [one, other] = ids.map((id) => this.parts.peers.get(id));
    // One of them was forgotten meanwhile.
    if (!isShowable(one) || !isShowable(other)) return;
    if (!answered.includes(one.id)) await this.parts.post(one.id, introductionHead({ record: other, secret }));
    if (!answered.includes(other.id)) await this.parts.post(other.id, introductionHead({ record: one, secret }));
  }

  private async introduced(by: Peer, { record, secret }: Introduction): Promise<void> {
    const why = this.whyNot(by, record) ?? (await this.whyNotKept(by, record, secret));
    if (why !== undefined) return this.parts.post(by.id, { t: 'declined', id: record.id, why });
    await this.parts.rotate(record.id);
    await this.parts.post(by.id, { t: 'introduced', id: record.id });
  }

  private whyNot(by: Peer, record: IdentityRecord): string | undefined {
    const { peers, identity } = this.parts;
    if (!by.mayIntroduce || by.kind === 'legacy') return 'It takes no introductions from this device.';
    if (record.id === identity.id) return 'A device can’t be introduced to itself.';
    if (this.isKept(by, record)) return undefined;
    if (peers.get(record.id) !== undefined) return 'The two are paired already.';
    const introduced = peers.list().filter(({ introducedBy }) => introducedBy === by.id);
    return introduced.length < maxIntroducedBy ? undefined : `It takes ${maxIntroducedBy} introductions from a device.`;
  }

  /** What is wrong with it for good is an answer: a message that failed would come again, and hold up all others. */
  private async whyNotKept(by: Peer, record: IdentityRecord, secret: Uint8Array): Promise<string | undefined> {
    try {
      const root = await introducedRoot(this.parts.identity.agreement, record.agreement, secret);
      if (!this.isKept(by, record) || (await this.isAnother(record.id, root))) await this.keep(by, record, root);
      return undefined;
    } catch (error) {
      if (error instanceof AgreementError) return 'Its keys are of no use.';
      if (error instanceof PeersFull) return 'It has no room for another peer.';
      if (error instanceof PeerKept) return 'The two are paired already.';
      throw error;
    }
  }

  /** The same introduction, said again. */
  private isKept(by: Peer, { id, agreement, signing }: IdentityRecord): boolean {
    const known = this.parts.peers.get(id);
    if (known?.introducedBy !== by.id) return false;
    return equalBytes(known.agreement, agreement) && equalBytes(known.signing, signing);
  }

  /** Of the two again, as the first one was given up after weeks: whoever has heard only this one knows no other secret. */
  private async isAnother(peerId: string, root: Uint8Array): Promise<boolean> {
    const first = await this.parts.firstRoot(peerId);
    return first !== undefined && !equalBytes(first, root);
  }

  private async keep(by: Peer, record: IdentityRecord, root: Uint8Array): Promise<void> {
    const since = this.parts.now();
    const peer: Peer = { ...record, since, kind: 'introduced', introducedBy: by.id, mayIntroduce: false };
    await this.parts.keep(peer, root);
    const sentence = `${shownName(by)} introduced ${record.name}: the two devices trust each other now.`;
    this.parts.emit({ name: 'introduced', peer, by, sentence });
  }

  private async answered(by: Peer, { t, id, why }: Answer): Promise<void> {
    const pending = (await this.pending.list()).find(
      ({ ids }) => ids.includes(by.id) && ids.includes(id) && id !== by.id,
    );
    if (pending === undefined) return;
    if (t === 'declined') {
      await this.pending.remove(pending);
      const sentence = `${shownName(by)} did not take the introduction of ${id.slice(0, 8)}: ${why}`;
      this.parts.emit({ name: 'declined', peerId: by.id, otherId: id, sentence });
      return;
    }
    const answered = [...new Set([...pending.answered, by.id])];
    if (answered.length < 2) return this.pending.put({ ...pending, answered });
    await this.pending.remove(pending);
    this.parts.emit({ name: 'acquainted', ids: pending.ids });
  }
}

function isShowable(peer: Peer | undefined): peer is Peer & { readonly proof: Uint8Array } {
  return peer?.proof !== undefined;
}
