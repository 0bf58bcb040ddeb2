import { agreementKeyOf, erase, hkdf, type RandomBytes, utf8 } from '../../crypto/index';
import { type PairingCode, passwordOfCode } from '../code/pairing-code';
import { type Spake2Input, scalarOf, spake2Keys, spake2Share, spake2ShareBytes } from '../code/spake2';
import { otherRole, type PairingMode, type PairingRole } from './pairing-role';

/** How two devices come to a key: with the words of a code, or bare, to be made sure of by six digits. */
export type KeyExchange = {
  readonly mode: PairingMode;
  /** What is sent: 65 bytes of P-256 for a code, else 32 of X25519. */
  readonly share: Uint8Array;
  /** Nothing when theirs is no share. */
  finish(theirs: Uint8Array): Promise<AgreedKeys | undefined>;
  /** To be called when it is over, however it ended. */
  erase(): void;
};

/** What both sides have, and a relay between them has not. */
export type AgreedKeys = {
  /** 32 bytes. */
  readonly pairingKey: Uint8Array;
  /** For a code: 32 bytes each, ours to be sent and theirs to be expected. */
  readonly confirmations: { readonly own: Uint8Array; readonly theirs: Uint8Array } | undefined;
};

export type CodeExchangeOptions = {
  readonly role: PairingRole;
  readonly code: PairingCode;
  /** The registered ids of the two connections, in upper case: the host's is the temporary one. */
  readonly ids: Readonly<Record<PairingRole, string>>;
  readonly random: RandomBytes;
};

export const shareBytes: Readonly<Record<PairingMode, number>> = { code: spake2ShareBytes, digits: 32 };
export const confirmationBytes: Readonly<Record<PairingMode, number>> = { code: 32, digits: 0 };

const sides = { joiner: 'A', host: 'B' } as const;

/** By a code: SPAKE2 of RFC 9382 over P-256; a share has 65 bytes. */
export function codeKeyExchange({ role, code, ids, random }: CodeExchangeOptions): KeyExchange {
  const seed = random(48);
  const input = (): Spake2Input => ({ side: sides[role], password: passwordOfCode(code), secret: scalarOf(seed) });
  const share = spake2Share(input());
  return {
    mode: 'code',
    share,
    finish: async (theirs) => {
      const shares = role === 'joiner' ? { A: share, B: theirs } : { A: theirs, B: share };
      const keys = spake2Keys(input(), { A: ids.joiner, B: ids.host }, shares);
      if (keys === undefined) return undefined;
      const { [sides[role]]: own, [sides[otherRole(role)]]: expected } = keys.confirmations;
      return { pairingKey: expanded(keys.sharedKey), confirmations: { own, theirs: expected } };
    },
    erase: () => erase(seed),
  };
}

/** Without a code: X25519; a share has 32 bytes, and only the digits tell that no relay is in between. */
export async function digitsKeyExchange(random: RandomBytes): Promise<KeyExchange> {
  const secret = random(32);
  const key = await agreementKeyOf(secret);
  erase(secret);
  return {
    mode: 'digits',
    share: key.publicKey,
    finish: async (theirs) => {
      const shared = await key.agree(theirs).catch(() => undefined);
      return shared && { pairingKey: expanded(shared), confirmations: undefined };
    },
    erase: () => key.erase(),
  };
}

/** Overwrites what it is made from. */
function expanded(secret: Uint8Array): Uint8Array {
  const pairingKey = hkdf(secret, new Uint8Array(), utf8('openrelay-pairing-key-v1'), 32);
  erase(secret);
  return pairingKey;
}
