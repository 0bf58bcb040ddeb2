import {
  agreementKeyOf,
  agreementKeyOfPair,
  deviceNameFault,
  generateAgreementPair,
  generateSigningPair,
  type Identity,
  randomBytes,
  signingKeyOf,
  signingKeyOfPair,
  toHex,
} from '@openrelay/client';
import type { Database } from './database';
import { type SealedSeeds, sealNewSeeds, withSeeds } from './sealed-seeds';

type Keys =
  /** Private keys that never leave the browser: not even this page can read them. */
  | { readonly signing: CryptoKeyPair; readonly agreement: CryptoKeyPair }
  /** In browsers that do not know these curves. */
  | { readonly seeds: SealedSeeds };

type Stored = Keys & { readonly id: string; readonly name: string };

const key = 'identity';

/** This browser as a device, made once. */
export async function openIdentity(database: Database, nameOfNew: string): Promise<Identity> {
  const stored = (await database.get<Stored>('keys', key)) ?? (await makeIdentity(database, nameOfNew));
  return { id: stored.id, name: stored.name, ...(await keysOf(stored)) };
}

/** Peers hear of it when they are paired again; this page when it opens the next time. Throws a RangeError with a sentence. */
export async function renameIdentity(database: Database, name: string): Promise<void> {
  const fault = deviceNameFault(name);
  if (fault !== undefined) throw new RangeError(fault);
  const stored = await database.get<Stored>('keys', key);
  if (stored !== undefined) await database.put('keys', key, { ...stored, name });
}

async function keysOf(stored: Stored): Promise<Pick<Identity, 'signing' | 'agreement'>> {
  if ('seeds' in stored) {
    return withSeeds(stored.seeds, async (signing, agreement) => ({
      signing: await signingKeyOf(signing),
      agreement: await agreementKeyOf(agreement),
    }));
  }
  return {
    signing: await signingKeyOfPair(stored.signing),
    agreement: await agreementKeyOfPair(stored.agreement),
  };
}

async function makeIdentity(database: Database, name: string): Promise<Stored> {
  const [signing, agreement] = [await generateSigningPair(), await generateAgreementPair()];
  const isKnown = signing !== undefined && agreement !== undefined;
  const keys = isKnown ? { signing, agreement } : { seeds: await sealNewSeeds() };
  const stored: Stored = { id: toHex(randomBytes(32)).toUpperCase(), name, ...keys };
  await database.put('keys', key, stored);
  return stored;
}
