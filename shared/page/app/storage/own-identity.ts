import {
  agreementKeyOfPair,
  deviceNameFault,
  generateAgreementPair,
  generateSigningPair,
  type Identity,
  randomBytes,
  signingKeyOfPair,
  toHex,
} from '@openrelay/client';
import type { Database } from './database';

type Stored = {
  readonly id: string;
  readonly name: string;
  readonly signing: CryptoKeyPair;
  readonly agreement: CryptoKeyPair;
};

const key = 'identity';

/** This browser as a device, made once. Its private keys never leave the browser: not even this page can read them. */
export async function openIdentity(database: Database, nameOfNew: string): Promise<Identity> {
  const stored = (await database.get<Stored>('keys', key)) ?? (await makeIdentity(database, nameOfNew));
  const { id, name } = stored;
  return {
    id,
    name,
    signing: await signingKeyOfPair(stored.signing),
    agreement: await agreementKeyOfPair(stored.agreement),
  };
}

/** Peers hear of it when they are paired again; this page when it opens the next time. Throws a RangeError with a sentence. */
export async function renameIdentity(database: Database, name: string): Promise<void> {
  const fault = deviceNameFault(name);
  if (fault !== undefined) throw new RangeError(fault);
  const stored = await database.get<Stored>('keys', key);
  if (stored !== undefined) await database.put('keys', key, { ...stored, name });
}

async function makeIdentity(database: Database, name: string): Promise<Stored> {
  const [signing, agreement] = [await generateSigningPair(), await generateAgreementPair()];
  if (signing === undefined || agreement === undefined) {
    throw new Error('This browser is too old to keep keys that nobody can read (Ed25519, X25519): update it.');
  }
  const stored = { id: toHex(randomBytes(32)).toUpperCase(), name, signing, agreement };
  await database.put('keys', key, stored);
  return stored;
}
