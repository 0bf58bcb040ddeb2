import type { ClaimKey } from './frames/messages';

/** What a device signs to prove that an id is its own (RESPONSES.md, Claims). @param host that it dialled */
export function proofStatement(hardwareId: string, host: string, nonce: Uint8Array, key: ClaimKey): Uint8Array {
  const head = new TextEncoder().encode(`openrelay-register-v1\0${hardwareId.toUpperCase()}\0${host}\0`);
  const statement = new Uint8Array(head.length + nonce.length + key.publicKey.length);
  statement.set(head);
  statement.set(nonce, head.length);
  statement.set(key.publicKey, head.length + nonce.length);
  return statement;
}

/** In lower case, with the port unless it is the scheme's. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
