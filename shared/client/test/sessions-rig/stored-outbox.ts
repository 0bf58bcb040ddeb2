import { fromBase64, textOf, toBase64, utf8 } from '../../src/crypto';
import type { SealedOutbox, SealedPost } from '../../src/sessions';
import type { Posted, Withdrawn } from '../../src/sessions/ports';
import type { Changes, Store } from '../../src/stores/store';

const prefix = 'outbox:';

/** The least that an outbox must do: keeps posts with what is written alongside, in order, and hands them to the relay. */
export class StoredOutbox implements SealedOutbox {
  readonly rejected: Error[] = [];
  private readonly store: Store;
  private next = 0;
  private readonly opened: Promise<void>;

  constructor(store: Store) {
    this.store = store;
    this.opened = this.countKept();
    this.opened.catch(() => {});
  }

  post(message: SealedPost, alongside: Changes): Posted {
    const kept = this.keep(message, alongside);
    return { kept, accepted: kept };
  }

  async withdraw(recipientId: string): Promise<Withdrawn> {
    const kept = await this.kept();
    const theirs = kept.filter(({ message }) => message.recipientId === recipientId);
    return {
      messages: theirs.map(({ message }) => message),
      changes: new Map(theirs.map(({ key }) => [key, undefined])),
      reject: (error) => this.rejected.push(...theirs.map(() => error)),
      restore: () => {},
    };
  }

  /** Hands each kept message over, the oldest first; one that is handed over twice is the same bytes. */
  async flush(take: (message: SealedPost) => void, most = Number.POSITIVE_INFINITY): Promise<void> {
    for (const { key, message } of (await this.kept()).slice(0, most)) {
      take(message);
      await this.store.write(new Map([[key, undefined]]));
    }
  }

  private async kept(): Promise<{ readonly key: string; readonly message: SealedPost }[]> {
    const keys = await this.store.keys(prefix);
    return Promise.all(
      keys.map(async (key) => {
        const record = JSON.parse(textOf((await this.store.get(key))!)!) as Omit<SealedPost, 'data'> & { data: string };
        return { key, message: { ...record, data: fromBase64(record.data)! } };
      }),
    );
  }

  private async keep(message: SealedPost, alongside: Changes): Promise<void> {
    await this.opened;
    const key = `${prefix}${String(this.next++).padStart(8, '0')}`;
    const record = utf8(JSON.stringify({ ...message, data: toBase64(message.data) }));
    await this.store.write(new Map([...alongside, [key, record]]));
  }

  private async countKept(): Promise<void> {
    const last = (await this.store.keys(prefix)).at(-1);
    this.next = last === undefined ? 0 : Number(last.slice(prefix.length)) + 1;
  }
}
