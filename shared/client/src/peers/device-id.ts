import { type RandomBytes, toHex } from '../crypto/index';

/** An id of this project's own: nothing of the machine is in it, and a copied disk is the only way to have it twice. */
export function randomDeviceId(random: RandomBytes): string {
  return toHex(random(32)).toUpperCase();
}

/** Ids are hashed and compared in upper case, however they are written. */
export function deviceIdOf(text: unknown): string | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/i.test(text) ? text.toUpperCase() : undefined;
}
