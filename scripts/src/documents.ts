/** `npm run docs` writes the generated documents, `npm run docs:check` says which of them differ from the code. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, parseOptions, repositoryRoot, runCommand, UsageError } from '@openrelay/launch';
import { type GeneratedDocument, generate } from './documents/generated-document';
import { generatedDocuments } from './documents/generated-documents';

function write(document: GeneratedDocument): void {
  const file = fileOf(document);
  const wanted = generate(document, textOf(file));
  if (textOf(file) === wanted) return;
  writeFileSync(file, wanted);
  console.log(`Wrote ${document.path}.`);
}

function check(): number {
  const differing = generatedDocuments.filter((document) => {
    const present = textOf(fileOf(document));
    return generate(document, present) !== present;
  });
  if (differing.length === 0) return exitCodes.fine;
  const names = differing.map(({ path, section }) => (section === undefined ? path : `${path} (${section})`));
  console.error(`Not what the code says: ${names.join(', ')}. Run \`npm run docs\` and commit the result.`);
  return exitCodes.failed;
}

function fileOf({ path }: GeneratedDocument): string {
  return join(repositoryRoot, path);
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

void runCommand({
  title: 'documents',
  help: `Usage: npm run docs, npm run docs:check

The documents that come from tables, such as SETTINGS.md.

  --write   write them anew
  --check   compare them: ends with 0 when they are what the tables say, with 1 when not`,
  run: async (args) => {
    const { values } = parseOptions({ args, options: { write: { type: 'boolean' }, check: { type: 'boolean' } } });
    if (values.write === values.check) throw new UsageError('Either --write or --check must be given.');
    if (values.check) return check();
    generatedDocuments.forEach(write);
    return exitCodes.fine;
  },
});
