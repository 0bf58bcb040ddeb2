/** What devices compute: WebCrypto where the platform has it, @noble where it lacks something. Knows nothing of devices. */
export { open, seal } from './aes-gcm';
export {
  AgreementError,
  type AgreementKey,
  agreementKeyOf,
  type ErasableAgreementKey,
  generateAgreementKey,
} from './agreement-key';
export { fromBase64, toBase64 } from './base64';
export { concat, equalBytes, erase, fromHex, nulJoined, textOf, toHex, uint32, uint64, utf8 } from './bytes';
export { hkdf, hmacSha256, Sha256, sha256 } from './hashes';
export { type RandomBytes, randomBytes } from './random-bytes';
export { generateSigningKey, type SigningKey, signingKeyOf, verifySignature } from './signing-key';
export type { WebKeyPair } from './subtle';
export { agreementKeyOfPair, generateAgreementPair, generateSigningPair, signingKeyOfPair } from './unextractable-keys';
