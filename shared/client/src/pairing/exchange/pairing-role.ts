/** Who begins and who waits. */
export type PairingRole = 'joiner' | 'host';

export type PairingMode = 'code' | 'digits';

export function otherRole(role: PairingRole): PairingRole {
  return role === 'joiner' ? 'host' : 'joiner';
}

/** As it is hashed, signed and sealed with. */
export const roleLetters = { joiner: 'J', host: 'H' } as const;
