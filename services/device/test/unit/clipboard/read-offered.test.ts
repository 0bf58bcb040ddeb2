import { expect, test } from '@jest/globals';
import { readOffered } from '../../../src/clipboard/read-offered';

const end = (output: string, code = 0) => ({ code, output: Buffer.from(output), size: 'whole' as const });

/** A clipboard in which something else is copied after so many runs of a tool, and which serves what it has as any type. */
function changingAfter(runs: number, ...contents: readonly [types: string, content: string][]) {
  let done = 0;
  const now = () => contents[Math.min(contents.length - 1, Math.floor(done++ / runs))]!;
  return { types: async () => end(now()[0]), content: async () => end(now()[1]) };
}

test('what was copied while it was read is read whole, and never as what was there before', async () => {
  const image = changingAfter(1, ['UTF8_STRING', 'a text'], ['image/png', 'a png']);
  expect(await readOffered(image)).toEqual({ is: 'image', png: Buffer.from('a png') });
  const secret = changingAfter(1, ['UTF8_STRING', 'a text'], ['UTF8_STRING\nx-kde-passwordManagerHint', 'a secret']);
  expect(await readOffered(secret)).toEqual({ is: 'nothing', why: 'concealed' });
});

test('what does not come to rest is left for the next look', async () => {
  const kinds = [0, 1, 2, 3, 4].map((n): [string, string] => [n % 2 === 0 ? 'UTF8_STRING' : 'image/png', String(n)]);
  expect(await readOffered(changingAfter(2, ...kinds))).toEqual({ is: 'nothing', why: 'changing' });
});

test('an owner that goes leaves nothing', async () => {
  const types = async () => end('UTF8_STRING');
  expect(await readOffered({ types, content: async () => end('', 1) })).toEqual({ is: 'nothing', why: 'empty' });
  expect(await readOffered({ types: async () => end('', 1), content: types })).toEqual({ is: 'nothing', why: 'empty' });
});
