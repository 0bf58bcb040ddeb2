/** `npm run docs` writes the generated documents, `npm run docs:check` says which of them differ from the code. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';
import { type GeneratedDocument, generate } from './documents/generated-document';
import { generatedDocuments } from './documents/generated-documents';

const [purpose] = process.argv.slice(2);

if (purpose === '--write') generatedDocuments.forEach(write);
else if (purpose === '--check') check();
else exitWith(2, 'Usage: documents --write | --check');

function write(document: GeneratedDocument): void {
  const file = fileOf(document);
  const wanted = generate(document, textOf(file));
  if (textOf(file) === wanted) return;
  writeFileSync(file, wanted);
  console.log(`Wrote ${document.path}.`);
}

function check(): void {
  const differing = generatedDocuments.filter((document) => {
    const present = textOf(fileOf(document));
    return generate(document, present) !== present;
  });
  if (differing.length === 0) return;
  const names = differing.map(({ path, section }) => (section === undefined ? path : `${path} (${section})`));
  exitWith(1, `Not what the code says: ${names.join(', ')}. Run \`npm run docs\` and commit the result.`);
}

function fileOf({ path }: GeneratedDocument): string {
  return join(repositoryRoot, path);
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function exitWith(code: number, sentence: string): void {
  console.error(sentence);
  process.exitCode = code;
}
