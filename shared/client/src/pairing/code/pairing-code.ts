import { hkdf, nulJoined, type RandomBytes, type SigningKey, sha256, signingKeyOf, toHex } from '../../crypto/index';
import { threeSyllableWords, twoSyllableWords } from './pgp-words';
import { scalarOf } from './spake2';

/** `7-crossover-clockwork`: the number finds the other device, the words are the secret. For one try and five minutes. */
export type PairingCode = {
  /** 1 to 9,999,999. */
  readonly number: number;
  /** Of three syllables, and of two; in lower case. 16 bits. */
  readonly words: readonly [string, string];
};

export const maxCodeNumber = 9_999_999;

/** 16 bits: one word of each list of 256. */
export function randomWords(random: RandomBytes): PairingCode['words'] {
  const [first = 0, second = 0] = random(2);
  return [threeSyllableWords[first]!, twoSyllableWords[second]!];
}

/** As people read it out: `7-crossover-clockwork`. */
export function codeText({ number, words }: PairingCode): string {
  return [number, ...words].join('-');
}

/**
 * The code that a person typed, in any case, with spaces or hyphens; else a sentence that says what is wrong with it. The
 * sentence repeats only words that are in no list.
 */
export function readCode(text: string): PairingCode | { readonly fault: string } {
  const [numberText = '', first = '', second = '', ...rest] = piecesOf(text);
  const number = /^[1-9]\d{0,6}$/.test(numberText) ? Number(numberText) : 0;
  if (number === 0 || first === '' || second === '' || rest.length > 0) {
    return { fault: 'A code is a number and two words, such as 7-crossover-clockwork.' };
  }
  if (threeSyllableWords.includes(second) && twoSyllableWords.includes(first)) {
    return { fault: 'The two words of the code have changed places.' };
  }
  if (!threeSyllableWords.includes(first)) return { fault: `No code has the first word “${first}”: look at it again.` };
  if (!twoSyllableWords.includes(second))
    return { fault: `No code has the second word “${second}”: look at it again.` };
  return { number, words: [first, second] };
}

/** All codes, or beginnings of codes, that what was typed so far may become; for the completion of a command line. */
export function completeCode(typed: string): readonly string[] {
  const pieces = typed.toLowerCase().split('-');
  const last = pieces.pop() ?? '';
  const begun = pieces.map((piece) => `${piece}-`).join('');
  const words = [[], threeSyllableWords, twoSyllableWords][pieces.length] ?? [];
  const end = pieces.length === 1 ? '-' : '';
  return words.filter((word) => word.startsWith(last)).map((word) => `${begun}${word}${end}`);
}

/** The id under which the code's maker waits. Whoever knows the number knows it: it keeps no secret. */
export function rendezvousId(number: number): string {
  return toHex(sha256(nulJoined('openrelay-rendezvous-v1', `${number}`))).toUpperCase();
}

/**
 * For a relay that takes no id without a key. It is the same for every device that waits under this number, ever: one's own
 * would keep the number from all others, for as long as the relay remembers it. Whoever knows the number knows this key.
 */
export function rendezvousKey(number: number): Promise<SigningKey> {
  return signingKeyOf(sha256(nulJoined('openrelay-rendezvous-key-v1', `${number}`)));
}

/**
 * The password of SPAKE2. No slow hash, though RFC 9382 asks for one: it would protect a password that is stored or used
 * again, and these words are gone after one try.
 */
export function passwordOfCode({ number, words }: PairingCode): bigint {
  const secret = sha256(nulJoined('openrelay-code-v1', `${number}`, words.join('-')));
  return scalarOf(hkdf(secret, new Uint8Array(), new Uint8Array(), 48));
}

function piecesOf(text: string): readonly string[] {
  return text
    .trim()
    .toLowerCase()
    .split(/[\s-]+/, 5);
}
