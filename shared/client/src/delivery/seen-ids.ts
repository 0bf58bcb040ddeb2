import type { ReceivedMessage } from '../connection/frames/messages';
import type { Changes, Store } from '../stores/store';

const prefix = 'inbox:';
const sequenceDigits = 12;
/** The record's name says everything. */
const record = new TextEncoder().encode('{"v":1}');

/** Tells a message from all others: the same id of two senders is two messages. Undefined for an id that is no UUID. */
export function identityOf({
  senderId,
  messageId,
}: Pick<ReceivedMessage, 'senderId' | 'messageId'>): string | undefined {
  const digits = messageId
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/[{}-]/g, '');
  return /^[0-9a-f]{32}$/.test(digits) ? `${senderId.toLowerCase()}:${digits}` : undefined;
}

/** Which messages were handled, the newest 10,000 or so of them; each is one record, so that remembering one is a small write. */
export class SeenIds {
  /** Identity to key, the oldest first. */
  private readonly keys = new Map<string, string>();
  private nextSequence = 1;

  private constructor(private readonly most: number) {}

  static async load(store: Store, most: number): Promise<SeenIds> {
    const seen = new SeenIds(most);
    for (const key of await store.keys(prefix)) {
      const [, sequence = '', ...identity] = key.split(':');
      seen.keys.set(identity.join(':'), key);
      seen.nextSequence = Math.max(seen.nextSequence, Number(sequence) + 1 || 1);
    }
    return seen;
  }

  has(identity: string): boolean {
    return this.keys.has(identity);
  }

  /** Remembers it, and answers what makes it last. */
  add(identity: string): Changes {
    const key = `${prefix}${String(this.nextSequence).padStart(sequenceDigits, '0')}:${identity}`;
    this.nextSequence += 1;
    this.keys.set(identity, key);
    const changes = new Map<string, Uint8Array | undefined>([[key, record]]);
    for (const [oldest, oldestKey] of this.keys) {
      if (this.keys.size <= this.most) break;
      this.keys.delete(oldest);
      changes.set(oldestKey, undefined);
    }
    return changes;
  }
}
