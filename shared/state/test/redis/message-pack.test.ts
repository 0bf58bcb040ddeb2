import { describe, expect, test } from '@jest/globals';
import { packedLength, RawPack } from '../../src/scripts/message-pack';
import { useStateRig } from './state-rig';

const rig = useStateRig();
const lengths = [0, 1, 15, 16, 31, 32, 127, 128, 255, 256, 4095, 4096, 65_535, 65_536, 100_000];

/** What Redis's own decoder makes of packed bytes, said by a script. */
function unpackIn(lua: string, pack: RawPack): Promise<unknown> {
  const script = `local value = cmsgpack.unpack(ARGV[1]) ${lua}`;
  return rig.redis.callBuffer('EVAL', [script, '0', pack.toBuffer()]);
}

describe('what RawPack writes, Redis reads', () => {
  test.each(lengths)('as text of %d characters', async (length) => {
    const text = 'x'.repeat(length);
    const answer = await unpackIn('return { value[1], value[2] }', new RawPack().array(2).ascii(text).ascii('end'));
    expect(answer).toEqual([Buffer.from(text), Buffer.from('end')]);
  });

  test.each(lengths)('as an array of %d elements', async (length) => {
    const pack = new RawPack().array(2).array(length);
    for (let i = 0; i < length; i += 1) pack.number(i % 100);
    const answer = await unpackIn('return { #value[1], value[1][#value[1]] or -1, value[2] }', pack.ascii('end'));
    expect(answer).toEqual([length, length === 0 ? -1 : (length - 1) % 100, Buffer.from('end')]);
  });

  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1, 2 ** 53 - 1])(
    'as the number %d',
    async (value) => {
      const answer = await unpackIn("return string.format('%.0f', value)", new RawPack().number(value));
      expect(String(answer)).toBe(String(value));
    },
  );

  test.each(lengths)('as raw bytes of %d, written behind a head of text', async (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => i % 256));
    const pack = new RawPack().array(2).strHead(packedLength(length)).bin(bytes, length);
    const [raw, end] = (await unpackIn('return value', pack.ascii('end'))) as [Buffer, Buffer];
    expect(raw.subarray(packedLength(length) - length)).toEqual(bytes);
    expect(raw).toHaveLength(packedLength(length));
    expect(String(end)).toBe('end');
  });

  test('as truth values and texts that are not ASCII', async () => {
    const text = 'é😀';
    const pack = new RawPack().array(3).flag(true).flag(false).strHead(packedLength(6)).bin(text, 6);
    const answer = await unpackIn('return { tostring(value[1]), tostring(value[2]), value[3] }', pack);
    expect((answer as Buffer[]).map((part) => part.toString('latin1'))).toEqual([
      'true',
      'false',
      `\xc4\x06${Buffer.from(text).toString('latin1')}`,
    ]);
  });
});

test('what is written outgrows the room that was foreseen for it', async () => {
  const pack = new RawPack(1).array(1000);
  for (let i = 0; i < 1000; i += 1) pack.ascii(`element ${i}`);
  expect(await unpackIn('return { #value, value[1000] }', pack)).toEqual([1000, Buffer.from('element 999')]);
});
