import { type Digest, type Envelope, type LiveNotice, liveDigestOf } from '@openrelay/state';

/** Messages that may wait for one connection, and their bytes; one of any size may. */
export const maxHeld = 64;
export const maxHeldBytes = 1024 * 1024;
/** Ids that a connection was handed and of which Redis does not know yet. */
export const maxUnnoted = 64;

/** A message to be handed to a connection of this node. `asker` is the node that waits for the answer; '' is this one. */
export type LiveOffer = Omit<LiveNotice, 'kind' | 'session'>;

/** An offer that waits: for the queue to be read as far as `afterSeq`, or, without an envelope, for itself to be fetched. */
export type HeldOffer = { readonly offer: LiveOffer; readonly afterSeq: number; envelope: Envelope | undefined };

type ReadyOffer = HeldOffer & { envelope: Envelope };

/** What a connection keeps of live-only messages. Made when it is first needed: most connections never need it. */
export class LiveOnly {
  /** Oldest first. */
  private held: HeldOffer[] = [];
  /** Digests of those that it was handed, of which Redis does not know yet. */
  private unnoted: Set<Digest> | undefined;
  /** How many acks may come for messages that are in no queue. */
  private excusedAcks = 0;

  get isHolding(): boolean {
    return this.held.length > 0;
  }

  /** Answers undefined when too much waits already. */
  hold(offer: LiveOffer, afterSeq: number, envelope: Envelope | undefined): HeldOffer | undefined {
    const { held } = this;
    const bytes = held.reduce((sum, one) => sum + one.offer.bytes, offer.bytes);
    if (held.length >= maxHeld || (held.length > 0 && bytes > maxHeldBytes)) return undefined;
    const added = { offer, afterSeq, envelope };
    held.push(added);
    return added;
  }

  isHeld(offer: HeldOffer): boolean {
    return this.held.includes(offer);
  }

  /** Whether the queue's message of this number must wait for one that is being fetched, and was there before it. */
  blocks(seq: number): boolean {
    const first = this.held[0];
    return first !== undefined && first.envelope === undefined && first.afterSeq < seq;
  }

  /** Takes out those that come before the queue's message of this number. */
  removeReady(seq: number): readonly ReadyOffer[] {
    const waits = ({ afterSeq, envelope }: HeldOffer) => afterSeq >= seq || envelope === undefined;
    const ready = this.held.findIndex(waits);
    return this.held.splice(0, ready < 0 ? this.held.length : ready) as ReadyOffer[];
  }

  /** Takes out those that match. */
  remove(matches: (held: HeldOffer) => boolean): readonly HeldOffer[] {
    const removed = this.held.filter(matches);
    this.held = this.held.filter((one) => !removed.includes(one));
    return removed;
  }

  /** The connection was handed a message of this digest, which its device may ack. */
  handedOver(digest: Digest): void {
    this.excusedAcks += 1;
    // Else a repeat would come twice, when its sender missed the answer.
    this.unnoted ??= new Set();
    if (this.unnoted.size >= maxUnnoted) this.unnoted.delete(this.unnoted.values().next().value!);
    this.unnoted.add(digest);
  }

  /** Redis knows of it now. */
  noted(digest: Digest): void {
    this.unnoted?.delete(digest);
    if (this.unnoted?.size === 0) this.unnoted = undefined;
  }

  /** Whether it was handed the message of this digest, and Redis does not know of it yet. */
  remembers(digest: Digest): boolean {
    return this.unnoted?.has(digest) ?? false;
  }

  /** HOT PATH. Whether it was handed a queued message live-only before; its sender missed the answer, and had it stored. */
  wasHandedOver(envelope: Envelope): boolean {
    return this.unnoted?.has(liveDigestOf(envelope)) ?? false;
  }

  /** Whether a live-only message explains an ack that found nothing to remove. Each explains one. */
  excuseAck(): boolean {
    if (this.excusedAcks === 0) return false;
    this.excusedAcks -= 1;
    return true;
  }
}
