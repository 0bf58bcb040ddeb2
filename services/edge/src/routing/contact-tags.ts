import { createHash } from 'node:crypto';
import type { DeviceKey } from '@openrelay/protocol';
import type { Envelope } from '@openrelay/state';

/** A message on its way to Redis. */
type Tagged = { recipient: DeviceKey; envelope: Pick<Envelope, 'sender'>; tag?: Uint8Array | undefined };

/** Recipients that are remembered; for one that is forgotten Redis is asked twice. */
const maxRemembered = 10_000;
const tagBytes = 16;
/** What scripts take for the tag of every device's own; no hash is as short. */
const itself = Buffer.from('itself');

/**
 * Under this tag a device lists another as its contact: the beginning of a hash, so that Redis has no list of names.
 * Both ids in upper case.
 */
export function contactTagOf(owner: string, other: string): Uint8Array {
  if (owner === other) return itself;
  const hash = createHash('sha256').update(`openrelay-contact-v1\0${owner}\0${other}`, 'latin1');
  return hash.digest().subarray(0, tagBytes);
}

/**
 * HOT PATH. Which recipients take messages from listed contacts only, as far as Redis has said so: a message to one of them
 * carries its sender's tag at once. To any other recipient it carries none, so nothing is hashed for it.
 */
export class ContactTags {
  /** The one that was written to last is the last. */
  private readonly listed = new Set<DeviceKey>();

  constructor(private readonly most = maxRemembered) {}

  /**
   * Asks Redis for a batch, and once more, with tags, for those whose recipients turn out to need them. Both are one call of
   * the batch, so a sender's messages stay in order. Whoever is answered `listed` was asked again and got no answer.
   */
  async ask<Item extends Tagged, Verdict extends { status: string }>(
    items: Item[],
    ask: (items: Item[]) => Promise<Verdict[]>,
  ): Promise<Verdict[]> {
    if (this.listed.size > 0) this.tag(items);
    const verdicts = await ask(items);
    if (!verdicts.some(isListed)) return verdicts;
    const again = items.filter((_, i) => isListed(verdicts[i]!));
    for (const { recipient } of again) this.remember(recipient);
    for (const item of again) item.tag = contactTagOf(item.recipient, item.envelope.sender);
    const answers = await ask(again).catch(() => []); // the verdicts of the others stand
    return verdicts.map((verdict) => (isListed(verdict) ? (answers.shift() ?? verdict) : verdict));
  }

  private tag(items: readonly Tagged[]): void {
    for (const item of items) {
      if (!this.listed.has(item.recipient)) continue;
      this.remember(item.recipient);
      item.tag = contactTagOf(item.recipient, item.envelope.sender);
    }
  }

  private remember(recipient: DeviceKey): void {
    this.listed.delete(recipient);
    this.listed.add(recipient);
    if (this.listed.size > this.most) this.listed.delete(this.listed.values().next().value!);
  }
}

function isListed({ status }: { status: string }): boolean {
  return status === 'listed';
}
