import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Changes, Store } from '@openrelay/client';
import { isSecretRecord } from '../stores/secret-records';
import { StoreError } from '../stores/store-error';

const version = 1;
const [nonceBytes, tagBytes] = [12, 16];

/** A store whose records with keys in them are sealed under one key: version, nonce, AES-256-GCM bound to the record's name. */
export class SealedStore implements Store {
  /** Functions that have the key, so that `inspect` does not show it. */
  private readonly seal: (name: string, bytes: Uint8Array) => Uint8Array;
  private readonly unseal: (name: string, bytes: Uint8Array) => Uint8Array;

  constructor(
    private readonly store: Store,
    key: Uint8Array,
  ) {
    this.seal = (name, bytes) => sealed(key, name, bytes);
    this.unseal = (name, bytes) => unsealed(key, name, bytes);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.store.get(name);
    return bytes === undefined || !isSecretRecord(name) ? bytes : this.unseal(name, bytes);
  }

  async write(changes: Changes): Promise<void> {
    await this.store.write(new Map(Array.from(changes, ([name, bytes]) => [name, this.kept(name, bytes)])));
  }

  keys(prefix: string): Promise<string[]> {
    return this.store.keys(prefix);
  }

  private kept(name: string, bytes: Uint8Array | undefined): Uint8Array | undefined {
    return bytes === undefined || !isSecretRecord(name) ? bytes : this.seal(name, bytes);
  }
}

export function sealed(key: Uint8Array, name: string, bytes: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(name));
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** Throws a StoreError for what this key did not seal under this name. */
export function unsealed(key: Uint8Array, name: string, bytes: Uint8Array): Uint8Array {
  const [begin, end] = [1 + nonceBytes, bytes.length - tagBytes];
  try {
    if (bytes[0] !== version || end < begin) throw new RangeError('not sealed');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, begin), { authTagLength: tagBytes });
    decipher.setAAD(associated(name)).setAuthTag(bytes.subarray(end));
    return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(begin, end)), decipher.final()]));
  } catch {
    throw new StoreError(
      `The record “${name}” of the store can’t be opened with the key in the keyring: put the store back from a copy.`,
    );
  }
}

function associated(name: string): Buffer {
  return Buffer.from(`openrelay-sealed-record-v1\0${name}`);
}
