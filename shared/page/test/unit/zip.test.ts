import { expect, test } from '@jest/globals';
import { zipOf } from '../../app/storage/zip';

const file = (path: string, text: string) => ({ path, bytes: new Blob([text]) });

test('an archive has each file as it is, with its checksum before it and in the directory', async () => {
  const zip = Buffer.from(await (await zipOf([file('digits.txt', '123456789')])).arrayBuffer());
  // The check value of this CRC: https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat-bits.32
  expect(zip.readUInt32LE(14)).toBe(0xcbf43926);
  expect(zip.toString('utf8', 30, 49)).toBe('digits.txt123456789');
  const directory = zip.readUInt32LE(zip.length - 6);
  expect(zip.readUInt32LE(directory + 16)).toBe(0xcbf43926);
});

test('files of one name, whatever its case, are kept apart', async () => {
  const zip = await zipOf([file('a/x.txt', '1'), file('a/X.txt', '2'), file('a/x.txt', '3'), file('b.c/none', '4')]);
  const text = await zip.text();
  for (const name of ['a/x.txt', 'a/X (2).txt', 'a/x (3).txt', 'b.c/none']) expect(text).toContain(name);
});
