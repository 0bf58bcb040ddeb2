import {
  type AgreementKey,
  agreementKeyOf,
  erase,
  type RandomBytes,
  randomBytes,
  type SigningKey,
  signingKeyOf,
  toBase64,
} from '../crypto/index';
import type { Store } from '../stores/store';
import { deviceIdOf, randomDeviceId } from './device-id';
import { deviceNameFault } from './device-name';
import { bytesOfField, recordBytes, recordFields } from './json-record';
import { StoreDamaged } from './store-damaged';

/** This device. `loadIdentity` makes one from a store; a browser makes one of keys that can't be read. */
export type Identity = {
  /** 64 hex digits in upper case: what the relay knows it by. */
  readonly id: string;
  /** What peers show; see deviceNameFault. */
  readonly name: string;
  /** For claims and pairing. */
  readonly signing: SigningKey;
  /** For sessions. */
  readonly agreement: AgreementKey;
};

export type IdentityOptions = {
  /** The name of an identity that is made now; one that is there keeps its own. */
  readonly name: string;
  readonly random?: RandomBytes;
};

const key = 'identity';
const remedy =
  'Put it back from a copy. Or delete it: this device then gets a new identity, and must be paired again with every other.';

/** Reads the store's identity, or makes it once. Throws StoreDamaged, and a RangeError for a name that is none. */
export async function loadIdentity(store: Store, { name, random = randomBytes }: IdentityOptions): Promise<Identity> {
  const stored = await store.get(key);
  if (stored !== undefined) return identityOfRecord(stored);
  refuseFaultyName(name);
  const record = newRecord(name, random);
  await store.write(new Map([[key, record]]));
  return identityOfRecord(record);
}

/** Peers hear of a new name when they are paired again. Throws as loadIdentity does. */
export async function renameIdentity(store: Store, name: string): Promise<Identity> {
  refuseFaultyName(name);
  const fields = recordFields((await store.get(key)) ?? new Uint8Array());
  if (fields === undefined) throw new StoreDamaged(key, remedy);
  const renamed = recordBytes({ ...fields, name });
  const identity = await identityOfRecord(renamed);
  await store.write(new Map([[key, renamed]]));
  return identity;
}

function newRecord(name: string, random: RandomBytes): Uint8Array {
  const [signing, agreement] = [random(32), random(32)];
  const fields = { id: randomDeviceId(random), name, signing: toBase64(signing), agreement: toBase64(agreement) };
  erase(signing, agreement);
  return recordBytes(fields);
}

async function identityOfRecord(record: Uint8Array): Promise<Identity> {
  const fields = recordFields(record);
  const [id, name] = [deviceIdOf(fields?.id), fields?.name];
  const [signing, agreement] = [bytesOfField(fields?.signing, 32), bytesOfField(fields?.agreement, 32)];
  if (id === undefined || typeof name !== 'string' || signing === undefined || agreement === undefined) {
    throw new StoreDamaged(key, remedy);
  }
  const identity = { id, name, signing: await signingKeyOf(signing), agreement: await agreementKeyOf(agreement) };
  erase(signing, agreement);
  return identity;
}

function refuseFaultyName(name: string): void {
  const fault = deviceNameFault(name);
  if (fault !== undefined) throw new RangeError(fault);
}
