import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';

const folder = join(__dirname, '../../../protocol/vectors');

/** Writes the files anew instead of comparing: `GOLDEN=write npx jest vectors`; read the difference before you commit it. */
const writes = process.env.GOLDEN === 'write';

/** The file of this name says what the code says, to the byte. */
export function expectVectors(name: string, content: object): void {
  const file = join(folder, `${name}.json`);
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  if (writes) writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no such file').toBe(text);
}

export function readVectors<Content>(name: string): Content {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Content;
}
