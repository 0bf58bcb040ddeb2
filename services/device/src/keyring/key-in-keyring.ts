import { randomBytes } from 'node:crypto';
import type { Store } from '@openrelay/client';
import { Failure } from '../failures/failure';
import { isSecretRecord } from '../stores/secret-records';
import { StoreError } from '../stores/store-error';
import type { Keyring } from './keyring';
import { SealedStore, sealed, unsealed } from './sealed-store';

/** The record that says that secrets are sealed: under which name their key is in the keyring, and how to know the key again. */
const record = 'keyring';

export type KeyPlace = 'keyring' | 'file';

export async function keyPlaceOf(store: Store): Promise<KeyPlace> {
  return (await store.get(record)) === undefined ? 'file' : 'keyring';
}

/**
 * The store as a device uses it. Rejects with a Failure or a StoreError, and leaves all as it is, when the key can't be had: a
 * device without its keys must not begin as a new one.
 */
export async function openedStore(store: Store, keyring: () => Keyring): Promise<Store> {
  const bytes = await store.get(record);
  if (bytes === undefined) return store;
  return new SealedStore(store, await keyFrom(keyring(), bytes));
}

/** Seals all secrets in one step, once their key is in the keyring and was read back from it. */
export async function sealSecrets(store: Store, keyring: Keyring): Promise<'sealed' | 'were sealed'> {
  if ((await keyPlaceOf(store)) === 'keyring') return 'were sealed';
  const [id, key] = [randomBytes(16).toString('hex'), randomBytes(32)];
  await keyring.put(id, key.toString('hex'));
  try {
    if ((await keyring.get(id)) !== key.toString('hex'))
      throw new Failure(3, `${keyring.name} does not give back what was put there: the keys stay in their file.`);
    const about = JSON.stringify({ v: 1, id, check: Buffer.from(sealed(key, record, key)).toString('base64') });
    const changes = await secretsOf(store, (name, bytes) => sealed(key, name, bytes));
    await store.write(new Map([...changes, [record, Buffer.from(about)]]));
  } catch (error) {
    await keyring.remove(id).catch(() => undefined);
    throw error;
  }
  return 'sealed';
}

/** The other way; what is in the keyring goes last. */
export async function unsealSecrets(store: Store, keyring: Keyring): Promise<'unsealed' | 'were not sealed'> {
  const bytes = await store.get(record);
  if (bytes === undefined) return 'were not sealed';
  const key = await keyFrom(keyring, bytes);
  const changes = await secretsOf(store, (name, each) => unsealed(key, name, each));
  await store.write(new Map([...changes, [record, undefined]]));
  await keyring.remove(recordOf(bytes).id).catch(() => undefined); // it opens nothing any more
  return 'unsealed';
}

async function secretsOf(
  store: Store,
  change: (name: string, bytes: Uint8Array) => Uint8Array,
): Promise<Map<string, Uint8Array | undefined>> {
  const changes = new Map<string, Uint8Array | undefined>();
  for (const name of (await store.keys('')).filter(isSecretRecord)) {
    changes.set(name, change(name, (await store.get(name))!));
  }
  return changes;
}

async function keyFrom(keyring: Keyring, bytes: Uint8Array): Promise<Uint8Array> {
  const { id, check } = recordOf(bytes);
  const secret = await keyring.get(id);
  if (secret === undefined) {
    throw new Failure(
      3,
      `The key of this device’s store is not in ${keyring.name} any more (openrelay, ${id}): put the keyring back from a copy. Without that key this device can only begin anew: remove the store (“openrelay doctor” says where it is), and pair again.`,
    );
  }
  const key = Buffer.from(secret, 'hex');
  try {
    if (key.length === 32 && key.equals(unsealed(key, record, check))) return key;
  } catch {
    // Told below.
  }
  throw new Failure(
    3,
    `What is in ${keyring.name} for this device’s store (openrelay, ${id}) is another key: put the keyring back from a copy.`,
  );
}

function recordOf(bytes: Uint8Array): { readonly id: string; readonly check: Uint8Array } {
  try {
    const { v, id, check } = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (v === 1 && /^[0-9a-f]{32}$/.test(id) && typeof check === 'string')
      return { id, check: Buffer.from(check, 'base64') };
  } catch {
    // Told below.
  }
  throw new StoreError('The record “keyring” of the store can’t be read: put the store back from a copy.');
}
