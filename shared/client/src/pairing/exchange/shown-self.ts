import {
  agreementKeyOf,
  concat,
  type ErasableAgreementKey,
  erase,
  nulJoined,
  type RandomBytes,
  sha256,
  verifySignature,
} from '../../crypto/index';
import { type Identity, type IdentityRecord, identityRecordOf, readIdentityRecord } from '../../peers/index';
import type { BoxContent } from './pairing-box';
import type { PairingFailure } from './pairing-error';
import { type PairingRole, roleLetters } from './pairing-role';

/** What a device made for one pairing: its record, and a key for the first session. */
export type OwnPart = {
  readonly record: Uint8Array;
  readonly ephemeral: ErasableAgreementKey;
  readonly nonce: Uint8Array;
};

/** What the first two frames hold in clear: what a signature binds its record and key to. */
export type Context = {
  readonly joinerShare: Uint8Array;
  readonly hostShare: Uint8Array;
  readonly hostNonce: Uint8Array;
  readonly commitment: Uint8Array;
};

export async function makeOwnPart(identity: Identity, random: RandomBytes): Promise<OwnPart> {
  const secret = random(32);
  const ephemeral = await agreementKeyOf(secret);
  erase(secret);
  return { record: await identityRecordOf(identity), ephemeral, nonce: random(32) };
}

export async function signedContent(
  role: PairingRole,
  { signing }: Identity,
  { record, ephemeral: { publicKey: ephemeral } }: OwnPart,
  context: Context,
): Promise<BoxContent> {
  const signature = await signing.sign(signedBytes(role, { record, ephemeral }, context));
  return { record, ephemeral, signature };
}

/** Whose record a box holds, when all of it hangs together. @param role of the one who sealed it */
export async function readContent(
  role: PairingRole,
  content: BoxContent | undefined,
  context: Context,
  expected: { readonly ownId: string; readonly peerId?: string | undefined },
): Promise<IdentityRecord | PairingFailure> {
  const record = content && (await readIdentityRecord(content.record));
  if (content === undefined || record === undefined) return 'tampered';
  const signed = signedBytes(role, content, context);
  if (!(await verifySignature(record.signing, signed, content.signature))) return 'tampered';
  if (record.id === expected.ownId) return 'itself';
  return expected.peerId === undefined || expected.peerId === record.id ? record : 'tampered';
}

function signedBytes(
  role: PairingRole,
  { record, ephemeral }: Pick<BoxContent, 'record' | 'ephemeral'>,
  { joinerShare, hostShare, hostNonce, commitment }: Context,
): Uint8Array {
  const named = nulJoined('openrelay-pairing-v1', roleLetters[role], '');
  return concat(named, joinerShare, hostShare, hostNonce, commitment, sha256(record), ephemeral);
}
