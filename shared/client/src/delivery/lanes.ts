import type { OutboxEntry } from './outbox-entry';

/** The messages of an outbox, for each recipient in order. */
export class Lanes {
  private readonly byRecipient = new Map<string, OutboxEntry[]>();
  private count = 0;
  private dataBytes = 0;

  get messages(): number {
    return this.count;
  }

  get bytes(): number {
    return this.dataBytes;
  }

  add(entry: OutboxEntry): void {
    const lane = this.byRecipient.get(recipientOf(entry));
    if (lane === undefined) this.byRecipient.set(recipientOf(entry), [entry]);
    else lane.push(entry);
    this.count += 1;
    this.dataBytes += entry.waiting.data.length;
  }

  of(recipientId: string): readonly OutboxEntry[] {
    return [...(this.byRecipient.get(recipientId.toUpperCase()) ?? [])];
  }

  /** Does nothing when it is not there any more. */
  remove(entry: OutboxEntry): void {
    const lane = this.byRecipient.get(recipientOf(entry)) ?? [];
    const at = lane.indexOf(entry);
    if (at === -1) return;
    lane.splice(at, 1);
    if (lane.length === 0) this.byRecipient.delete(recipientOf(entry));
    this.count -= 1;
    this.dataBytes -= entry.waiting.data.length;
  }

  /** The next message for each recipient, the oldest first. */
  heads(): OutboxEntry[] {
    return Array.from(this.byRecipient.values(), ([first]) => first!).sort(
      (one, other) => one.sequence - other.sequence,
    );
  }

  all(): OutboxEntry[] {
    return [...this.byRecipient.values()].flat();
  }

  clear(): void {
    this.byRecipient.clear();
    this.count = 0;
    this.dataBytes = 0;
  }
}

function recipientOf({ waiting }: OutboxEntry): string {
  return waiting.recipientId.toUpperCase();
}
