import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { readAlerts } from './alert-rules';

type Text = {
  readonly path: string;
  readonly text: string;
};

type Kind = {
  readonly what: string;
  readonly among: readonly Text[];
  /** Its first group is the name, or else the whole of it. */
  readonly pattern: RegExp;
  readonly exists: (name: string) => boolean;
};

/** This file makes names up. */
const passedOver: readonly string[] = ['.git', '.data', 'node_modules', 'dist', basename(__filename)];
/** What readers make for themselves. */
const ofReaders: readonly string[] = ['deploy/kubernetes/mine'];

/** From the repository's root. */
function pathsIn(folder: string): string[] {
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !passedOver.includes(name))
    .flatMap((entry) => (entry.isDirectory() ? pathsIn(join(folder, entry.name)) : [join(folder, entry.name)]));
}

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const paths = pathsIn('');
const texts = paths.map((path): Text => ({ path, text: read(path) }));
const documents = texts.filter(({ path }) => path.endsWith('.md'));
const alerts = readAlerts(read('deploy/prometheus/alerts.yml')).map(({ alert }) => alert);
/** Names of the SDK's that look like an alert's. */
const ofClient: readonly string[] = ['RelayLink', 'RelayError'];
const npmScripts = Object.keys(JSON.parse(read('package.json')).scripts);

/** A file is named by its whole path or by the end of it: `keys.ts`, `src/keys.ts`. */
function isFile(name: string): boolean {
  const end = `/${name.replace(/^[./]+/, '')}`;
  return paths.some((path) => `/${path}`.endsWith(end));
}

/** What is built is as good as its source. */
function isPath(name: string): boolean {
  const source = name.replace('/dist/', '/src/').replace(/(\/src\/.*)\.js$/, '$1.ts');
  return ofReaders.includes(name) || existsSync(join(repositoryRoot, source));
}

function missing({ among, pattern, exists }: Kind): string[] {
  return among.flatMap(({ path, text }) =>
    Array.from(text.matchAll(pattern), ([whole, name = whole]) => name)
      .filter((name) => !exists(name))
      .map((name) => `${path} names ${name}`),
  );
}

const kinds: readonly Kind[] = [
  {
    what: 'alert',
    among: texts.filter(({ path }) => path.endsWith('.md') || path.startsWith('deploy/')),
    pattern: /\bRelay[A-Z]\w+/g,
    exists: (name) => alerts.includes(name) || ofClient.includes(name),
  },
  {
    what: 'npm script',
    among: texts,
    pattern: /\bnpm run (?:--silent )?([a-z][\w:-]*)/g,
    exists: (name) => npmScripts.includes(name),
  },
  { what: 'document', among: texts, pattern: /(?:\$\w+)?([\w./-]+\.md)\b/g, exists: isFile },
  { what: 'source file', among: documents, pattern: /(?<![\w./<>@-])\w[\w./-]*\.(?:ts|lua|ya?ml)\b/g, exists: isFile },
  {
    what: 'folder or script',
    among: documents,
    pattern: /(?<![\w./@-])(?:\.\/)?((?:deploy|scripts|services|shared)\/[\w./-]*\w)/g,
    exists: isPath,
  },
];

test.each(kinds)('every $what that is named exists', (kind) => {
  expect(kind.among.some(({ text }) => text.search(kind.pattern) >= 0)).toBe(true);
  expect(missing(kind)).toEqual([]);
});

test.each(kinds)('a made-up $what is found', (kind) => {
  const text = 'RelayMadeUp, npm run made-up, made-up.md, made-up.ts, shared/made-up';
  expect(missing({ ...kind, among: [{ path: 'x', text }] })).toHaveLength(1);
});

/** What stands in backticks in the columns of tables that are headed "test". */
function testsNamedIn(text: string): string[] {
  const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim());
  return Array.from(text.matchAll(/(?:^\|.*\|\n)+/gm), ([table]) => table.trimEnd().split('\n')).flatMap(
    ([head = '', , ...rows]) => {
      const column = cellsOf(head).indexOf('test');
      if (column < 0) return [];
      return rows.flatMap((row) =>
        Array.from((cellsOf(row)[column] ?? '').matchAll(/`([^`]+)`/g), ([, name = '']) => name),
      );
    },
  );
}

/** By the end of its path, without the ending; a folder counts as all the tests in it. */
function isTest(name: string): boolean {
  return paths.some((path) => path.endsWith(`/${name}.test.ts`) || `/${path}`.includes(`/${name}/`));
}

test('every test that a claim names exists', () => {
  const security = read('SECURITY.md');
  expect(testsNamedIn(security).length).toBeGreaterThan(30);
  expect(
    documents.flatMap(({ path, text }) =>
      testsNamedIn(text)
        .filter((name) => !isTest(name))
        .map((name) => `${path} names ${name}`),
    ),
  ).toEqual([]);
  expect(isTest('made-up')).toBe(false);
});

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  return Array.from(read(path).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('every link leads somewhere', () => {
  const lost = documents.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g))
      .filter(([, file = '', anchor]) => {
        const target = file === '' ? path : join(dirname(path), file);
        return !existsSync(join(repositoryRoot, target)) || (anchor && !anchorsOf(target).includes(anchor));
      })
      .map(([link]) => `${path} has ${link}`),
  );
  expect(lost).toEqual([]);
});
