import { nulJoined, sha256, toHex } from '../crypto/index';

/** Under which a device lists another one with the relay (PROTOCOL: Contacts): 32 hex digits, one-way, of no use to others. */
export function contactTag(ownId: string, otherId: string): string {
  const named = nulJoined('openrelay-contact-v1', ownId.toUpperCase(), otherId.toUpperCase());
  return toHex(sha256(named).subarray(0, 16));
}
