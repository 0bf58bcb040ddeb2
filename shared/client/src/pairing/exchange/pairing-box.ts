import { concat, hkdf, open, type RandomBytes, seal, textOf, toBase64, utf8 } from '../../crypto/index';
import { bytesOfField, jsonObject } from '../../peers/json-record';
import { type PairingRole, roleLetters } from './pairing-role';

/** What a device shows of itself to the one that has the key, and to nobody else. */
export type BoxContent = {
  /** An identity record, byte for byte. */
  readonly record: Uint8Array;
  /** 32 bytes, X25519: for the first session. */
  readonly ephemeral: Uint8Array;
  /** 64 bytes, Ed25519 by the record's key, over this very pairing. */
  readonly signature: Uint8Array;
};

const nonceBytes = 12;
export const maxBoxBytes = 4_096;

/** The keys of one pairing: for the boxes, and for the last word of each side. */
export function keysOfPairing(pairingKey: Uint8Array): { readonly box: Uint8Array; readonly auth: Uint8Array } {
  const derive = (info: string) => hkdf(pairingKey, new Uint8Array(), utf8(info), 32);
  return { box: derive('openrelay-pair-box-v1'), auth: derive('openrelay-pair-auth-v1') };
}

/** nonce 12 ‖ ciphertext ‖ tag 16 of JSON `{record: text, ephemeral: base64, signature: base64}`. */
export async function sealBox(key: Uint8Array, role: PairingRole, content: BoxContent, random: RandomBytes) {
  const { record, ephemeral, signature } = content;
  const fields = { record: textOf(record), ephemeral: toBase64(ephemeral), signature: toBase64(signature) };
  const nonce = random(nonceBytes);
  return concat(nonce, await seal(key, nonce, utf8(JSON.stringify(fields)), utf8(roleLetters[role])));
}

/** Nothing when it was sealed with another key or by the other role, was altered, or holds something else. */
export async function openBox(key: Uint8Array, role: PairingRole, box: Uint8Array): Promise<BoxContent | undefined> {
  if (box.length < nonceBytes || box.length > maxBoxBytes) return undefined;
  const [nonce, sealed] = [box.subarray(0, nonceBytes), box.subarray(nonceBytes)];
  const plain = await open(key, nonce, sealed, utf8(roleLetters[role]));
  const fields = plain && jsonObject(textOf(plain) ?? '');
  const ephemeral = bytesOfField(fields?.ephemeral, 32);
  const signature = bytesOfField(fields?.signature, 64);
  if (typeof fields?.record !== 'string' || ephemeral === undefined || signature === undefined) return undefined;
  return { record: utf8(fields.record), ephemeral, signature };
}
