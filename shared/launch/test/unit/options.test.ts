import { expect, test } from '@jest/globals';
import { numberOption, parseOptions, UsageError } from '../../src/commands/options';

test.each([
  ['--turbo', "Unknown option '--turbo'."],
  ['--name=.5. x', "Option '--name' does not take an argument."],
  ['--to', "Option '--to <value>' argument missing."],
])('what is not known is a usage error of one sentence: %s', (word, sentence) => {
  const options = { name: { type: 'boolean' }, to: { type: 'string' } } as const;
  expect(() => parseOptions({ args: [word], options, allowPositionals: true })).toThrow(new UsageError(sentence));
});

test('a word that no option asks for is a usage error', () => {
  expect(() => parseOptions({ args: ['stray'], options: {} })).toThrow(new UsageError("Unexpected argument 'stray'."));
});

test.each(['', '1.5', '0x2', '0', '10'])('%j is no whole number from 1 to 9', (text) => {
  expect(() => numberOption('rounds', text, { least: 1, most: 9 })).toThrow(
    new UsageError(`--rounds is "${text}", but must be a whole number from 1 to 9.`),
  );
});

test('a number may have a fraction where that is allowed', () => {
  expect(numberOption('minutes', '0.5', { least: 0.1, most: 9, fractions: 'allowed' })).toBe(0.5);
  expect(() => numberOption('minutes', '.', { least: 0.1, most: 9, fractions: 'allowed' })).toThrow('must be a number');
});
