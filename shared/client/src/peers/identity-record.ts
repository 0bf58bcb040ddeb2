import { concat, nulJoined, toBase64, utf8, verifySignature } from '../crypto/index';
import { deviceIdOf } from './device-id';
import { deviceNameFault } from './device-name';
import type { Identity } from './identity';
import { bytesOfField, recordBytes, recordFields } from './json-record';

/** What a device shows of itself to its peers. */
export type IdentityRecord = {
  /** 64 hex digits in upper case. */
  readonly id: string;
  readonly name: string;
  /** 32 bytes, Ed25519. */
  readonly signing: Uint8Array;
  /** 32 bytes, X25519. */
  readonly agreement: Uint8Array;
  /** 64 bytes, Ed25519: that name and keys belong together. Who introduces the device to another passes it on. */
  readonly proof: Uint8Array;
};

/** Far more than a name of 64 characters and three keys need. */
const maxRecordBytes = 2_048;

/**
 * JSON `{"v":1,"id","name","signing","agreement","proof"}`, keys in base64; `proof` is the Ed25519 signature over
 * `openrelay-identity-v1` NUL id NUL name NUL signing ‖ agreement.
 */
export async function identityRecordOf({ id, name, signing, agreement }: Identity): Promise<Uint8Array> {
  const shown = { id, name, signing: signing.publicKey, agreement: agreement.publicKey };
  return writeIdentityRecord({ ...shown, proof: await signing.sign(provenBytes(shown)) });
}

/** The same JSON; the proof is taken as it is. */
export function writeIdentityRecord({ id, name, signing, agreement, proof }: IdentityRecord): Uint8Array {
  const keys = { signing: toBase64(signing), agreement: toBase64(agreement), proof: toBase64(proof) };
  return recordBytes({ id, name, ...keys });
}

/** Nothing when it is no record, or its proof is wrong: it says that keys and name belong together, and not whose they are. */
export async function readIdentityRecord(bytes: Uint8Array): Promise<IdentityRecord | undefined> {
  const fields = bytes.length > maxRecordBytes ? undefined : recordFields(bytes);
  if (fields === undefined) return undefined;
  const [id, name] = [deviceIdOf(fields.id), fields.name];
  if (id === undefined || id !== fields.id || typeof name !== 'string' || deviceNameFault(name) !== undefined)
    return undefined;
  const [signing, agreement] = [bytesOfField(fields.signing, 32), bytesOfField(fields.agreement, 32)];
  const proof = bytesOfField(fields.proof, 64);
  if (signing === undefined || agreement === undefined || proof === undefined) return undefined;
  const record = { id, name, signing, agreement, proof };
  return (await verifySignature(signing, provenBytes(record), proof)) ? record : undefined;
}

function provenBytes({ id, name, signing, agreement }: Omit<IdentityRecord, 'proof'>): Uint8Array {
  return concat(nulJoined('openrelay-identity-v1', id, ''), utf8(name), Uint8Array.of(0), signing, agreement);
}
