import { randomBytes } from 'node:crypto';

/** 64 hex digits, as a SHA-256 hash has; upper case, as the known client sends them. */
export function freshHardwareId(random: (byteCount: number) => Uint8Array = randomBytes): string {
  return Buffer.from(random(32)).toString('hex').toUpperCase();
}
