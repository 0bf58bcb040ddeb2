import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { codeText, completeCode, pairingUri, randomWords, readCode, readPairingUri } from '../../../src/index';
import { threeSyllableWords, twoSyllableWords } from '../../../src/pairing/code/pgp-words';

test('the words are the PGP list: two of 256, no word twice', () => {
  expect(new Set([...threeSyllableWords, ...twoSyllableWords]).size).toBe(512);
  expect([threeSyllableWords.length, twoSyllableWords.length]).toEqual([256, 256]);
  expect([threeSyllableWords[0x3c], twoSyllableWords[0x3b]]).toEqual(['crossover', 'clockwork']);
  const places = [0x00, 0x0a, 0x21, 0x57, 0x6a, 0x80, 0x94, 0xa0, 0xb6, 0xc5, 0xe7, 0xff];
  expect(places.map((place) => [threeSyllableWords[place], twoSyllableWords[place]].join(' '))).toEqual([
    'adroitness aardvark',
    'apollo allow',
    'camelot blackjack',
    'eskimo eightball',
    'hamburger geiger',
    'intention merit',
    'molecule pluto',
    'orlando ragtime',
    'potato scotland',
    'resistor solo',
    'truncated transit',
    'yucatan zulu',
  ]);
  for (const word of [...threeSyllableWords, ...twoSyllableWords]) expect(word).toMatch(/^[a-z]{4,12}$/);
  // A word that changes its place would make codes that no other version can read.
  const hash = createHash('sha256')
    .update([...threeSyllableWords, ...twoSyllableWords].join(' '))
    .digest('hex');
  expect(hash).toBe('f3b9ede0149dabd14343d73a9aff81f64edc8b76dcff1515e5ba6c58d6c4afac');
});

test('each byte is a word', () => {
  expect(randomWords(() => Uint8Array.of(0x3c, 0x3b))).toEqual(['crossover', 'clockwork']);
});

test.each(['7-crossover-clockwork', '7 Crossover Clockwork', ' 7--CROSSOVER - clockwork\n'])('%j is read', (text) => {
  const code = readCode(text);
  expect(code).toEqual({ number: 7, words: ['crossover', 'clockwork'] });
  expect('fault' in code || codeText(code)).toBe('7-crossover-clockwork');
});

test.each([
  ['7-clockwork-crossover', /changed places/],
  ['7-crosover-clockwork', /first word “crosover”/],
  ['7-crossover-klokwork', /second word “klokwork”/],
  ['0-crossover-clockwork', /number and two words/],
  ['7-crossover', /number and two words/],
  ['7-crossover-clockwork-zulu', /number and two words/],
])('%s says what is wrong', (text, why) => {
  expect(readCode(text)).toEqual({ fault: expect.stringMatching(why) });
});

test('what is typed is completed, one word at a time', () => {
  expect(completeCode('7-cross')).toEqual(['7-crossover-']);
  expect(completeCode('7-crossover-clo')).toEqual(['7-crossover-clockwork']);
  expect(completeCode('7-')).toHaveLength(256);
  expect(completeCode('7')).toEqual([]);
  expect(completeCode('7-crossover-clockwork-')).toEqual([]);
});

test('a QR code holds relay and code', () => {
  const code = { number: 7, words: ['crossover', 'clockwork'] } as const;
  const uri = pairingUri({ relay: 'wss://relay.example.org/relay?a=1&b=2', code });
  expect(readPairingUri(uri)).toEqual({ relay: 'wss://relay.example.org/relay?a=1&b=2', code });
});

test.each([
  '7-crossover-clockwork',
  'https://example.org/?relay=wss%3A%2F%2Fa&code=7-crossover-clockwork',
  'openrelay:pair?relay=https%3A%2F%2Fa&code=7-crossover-clockwork',
  'openrelay:pair?relay=relay&code=7-crossover-clockwork',
  'openrelay:pair?relay=wss%3A%2F%2Fa&code=7-crossover',
  'openrelay:pair?',
])('%s is no such QR code', (text) => {
  expect(readPairingUri(text)).toBeUndefined();
});
