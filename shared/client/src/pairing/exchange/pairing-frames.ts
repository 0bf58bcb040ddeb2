import { concat, fromBase64, toBase64 } from '../../crypto/index';
import { confirmationBytes, shareBytes } from './key-exchange';
import { maxBoxBytes } from './pairing-box';
import { type PairingFailure, readReason, toldReason } from './pairing-error';
import type { AuthFrame } from './pairing-link';
import type { PairingMode } from './pairing-role';

/** The four frames of pairing, with what a stranger sends checked for its form. */
const pairingVersion = 1;
const nonceBytes = 32;
const hashBytes = 32;

export type Request = { readonly share: Uint8Array; readonly commitment: Uint8Array };
export type Response = {
  readonly share: Uint8Array;
  readonly nonce: Uint8Array;
  /** Empty for digits. */
  readonly confirmation: Uint8Array;
  readonly box: Uint8Array;
};
export type Verify = Omit<Response, 'share'>;
export type Success =
  | { readonly trusted: true; readonly proof: Uint8Array }
  | { readonly trusted: false; readonly reason: PairingFailure };

/** Asks whether somebody waits under an id, and uses no code up. */
export const probeFrame: AuthFrame = {
  type: 'AuthRequest',
  fields: { public_key: '', challenge: '', mode: 'probe', v: pairingVersion },
};

/** Whether somebody says that it begins so; nothing of it is checked yet. */
export function isRequestOf(mode: PairingMode | 'probe', { type, fields }: AuthFrame): boolean {
  return type === 'AuthRequest' && fields.mode === mode;
}

export function requestFrame(mode: PairingMode, { share, commitment }: Request): AuthFrame {
  const fields = { public_key: toBase64(share), challenge: toBase64(commitment), mode, v: pairingVersion };
  return { type: 'AuthRequest', fields };
}

export function readRequest(mode: PairingMode, { fields }: AuthFrame): Request | PairingFailure {
  if (fields.v !== pairingVersion) return 'other-version';
  const [share, commitment] = [bytesIn(fields.public_key), bytesIn(fields.challenge)];
  const isWhole = share?.length === shareBytes[mode] && commitment?.length === hashBytes;
  return fields.mode === mode && isWhole ? { share, commitment } : 'tampered';
}

export function responseFrame({ share, nonce, confirmation, box }: Response): AuthFrame {
  const fields = { challenge_response: toBase64(concat(share, nonce, confirmation)), challenge: toBase64(box) };
  return { type: 'AuthResponse', fields };
}

export function readResponse(mode: PairingMode, { fields }: AuthFrame): Response | PairingFailure {
  const [said, box] = [bytesIn(fields.challenge_response), bytesIn(fields.challenge)];
  const isWhole = said?.length === shareBytes[mode] + nonceBytes + confirmationBytes[mode];
  if (!isWhole || box === undefined || box.length > maxBoxBytes) return 'tampered';
  const [share, nonce, confirmation] = cut(said, [shareBytes[mode], nonceBytes, confirmationBytes[mode]]);
  return { share: share!, nonce: nonce!, confirmation: confirmation!, box };
}

export function verifyFrame({ confirmation, nonce, box }: Verify): AuthFrame {
  return { type: 'AuthVerify', fields: { challenge_response: toBase64(concat(confirmation, nonce, box)) } };
}

export function readVerify(mode: PairingMode, { fields }: AuthFrame): Verify | PairingFailure {
  const said = bytesIn(fields.challenge_response);
  const headBytes = confirmationBytes[mode] + nonceBytes;
  if (said === undefined || said.length < headBytes || said.length > headBytes + maxBoxBytes) return 'tampered';
  const [confirmation, nonce, box] = cut(said, [confirmationBytes[mode], nonceBytes, said.length - headBytes]);
  return { confirmation: confirmation!, nonce: nonce!, box: box! };
}

export function trustFrame(proof: Uint8Array): AuthFrame {
  return { type: 'AuthSuccess', fields: { trusted: true, proof: toBase64(proof), v: pairingVersion } };
}

/** `proof` as far as there is a key for one. */
export function refusalFrame(failure: PairingFailure, proof?: Uint8Array): AuthFrame {
  const proven = proof === undefined ? {} : { proof: toBase64(proof) };
  const fields = { trusted: false, ...proven, reason: toldReason(failure), v: pairingVersion };
  return { type: 'AuthSuccess', fields };
}

export function readSuccess({ fields }: AuthFrame): Success | 'tampered' {
  if (fields.trusted === false) return { trusted: false, reason: readReason(fields.reason) };
  const proof = bytesIn(fields.proof);
  return fields.trusted === true && proof !== undefined ? { trusted: true, proof } : 'tampered';
}

function bytesIn(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromBase64(value) : undefined;
}

function cut(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return bytes.slice(at - length, at);
  });
}
