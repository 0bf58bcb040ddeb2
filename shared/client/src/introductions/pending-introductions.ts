import { fromBase64, textOf, toBase64, utf8 } from '../crypto/index';
import type { Store } from '../stores/store';

/** An introduction that one of the two has not answered yet. */
export type PendingIntroduction = {
  readonly ids: readonly [string, string];
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** Those who have answered. */
  readonly answered: readonly string[];
  /** Unix ms. */
  readonly since: number;
  readonly saidAt: number;
};

const prefix = 'introduction:';

export class PendingIntroductions {
  constructor(private readonly store: Store) {}

  async list(): Promise<PendingIntroduction[]> {
    const pending: PendingIntroduction[] = [];
    for (const key of await this.store.keys(prefix)) {
      const read = readPending(await this.store.get(key));
      if (read !== undefined) pending.push(read);
    }
    return pending;
  }

  async get(ids: PendingIntroduction['ids']): Promise<PendingIntroduction | undefined> {
    return readPending(await this.store.get(keyOf(ids)));
  }

  async put({ secret, ...pending }: PendingIntroduction): Promise<void> {
    const record = utf8(JSON.stringify({ v: 1, ...pending, secret: toBase64(secret) }));
    await this.store.write(new Map([[keyOf(pending.ids), record]]));
  }

  async remove({ ids }: PendingIntroduction): Promise<void> {
    await this.store.write(new Map([[keyOf(ids), undefined]]));
  }
}

function keyOf(ids: readonly [string, string]): string {
  return `${prefix}${[...ids].sort().join(':').toLowerCase()}`;
}

/** Nothing when it is damaged: the user introduces the two again. */
function readPending(bytes: Uint8Array | undefined): PendingIntroduction | undefined {
  try {
    const { v, secret, ...pending } = JSON.parse(textOf(bytes ?? new Uint8Array(0)) ?? '');
    const read = fromBase64(secret);
    return v === 1 && read !== undefined ? { ...pending, secret: read } : undefined;
  } catch {
    return undefined;
  }
}
