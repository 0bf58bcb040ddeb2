import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Exit, repositoryRoot, startChild } from '@openrelay/launch';
import { build } from 'esbuild';

const packages = ['protocol', 'client'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-packages-'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(program: string, args: readonly string[], cwd: string): Promise<Exit & { output: string }> {
  const command = join(repositoryRoot, 'node_modules/.bin', program);
  const child = await startChild({ command, args, cwd, env: { ...process.env, NO_COLOR: '1' } });
  const exit = await child.exited;
  return { ...exit, output: child.output() };
}

describe.each(packages)('the package %s', (name) => {
  const cwd = join(repositoryRoot, 'shared', name);

  test('is packed so that every kind of user finds its code', async () => {
    const { code, output } = await run('publint', ['--strict', '--pack', 'npm'], cwd);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('All good!') });
  });

  test('has types that are right for every kind of user', async () => {
    const { code, output } = await run('attw', ['--pack', '.', '--format', 'ascii'], cwd);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('No problems found') });
  });
});

type Bundle = { readonly text: string; readonly bytes: number; readonly gzipped: number; readonly inputs: string[] };

/** As a page would get it. What only Node.js has ends it with an error. */
async function bundle(code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: join(repositoryRoot, 'shared/client') },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['source'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
  });
  const bytes = outputFiles[0]!.contents;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return { text: outputFiles[0]!.text, bytes: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, inputs };
}

describe('in a browser, the client', () => {
  test.each([
    ['as a whole', "export * from '@openrelay/client';", 90],
    ['without pairing and sessions', "export { RelayLink, Outbox, Inbox } from '@openrelay/client';", 18],
  ])('%s needs nothing of Node.js, and is small', async (what, code, mostKilobytes) => {
    const { text, bytes, gzipped, inputs } = await bundle(code);
    expect(text.match(/\bBuffer\b|\bprocess\.|\brequire\(|node:[a-z]+/g)).toBeNull();
    // A strict Content-Security-Policy forbids these.
    expect(text.match(/\bnew Function\b|\beval\(/g)).toBeNull();
    expect(inputs.filter((input) => input.includes('msgpackr'))).toEqual([]);
    const told = `${what}: ${bytes} bytes, ${gzipped} gzipped`;
    expect({ told, isSmall: gzipped < mostKilobytes * 1000 }).toEqual({ told, isSmall: true });
  });
});

describe('both builds of the client', () => {
  const look = `console.log([client.RelayLink, client.Device, client.MemoryStore].map((each) => typeof each).join());`;

  test.each([
    ['use.mjs', `import * as client from '@openrelay/client'; ${look}`],
    ['use.cjs', `const client = require('@openrelay/client'); ${look}`],
  ])('are loaded by Node.js: %s', async (file, code) => {
    writeFileSync(join(folder, file), code);
    const child = await startChild({ command: process.execPath, args: [join(folder, file)], cwd: folder, env: {} });
    await child.exited;
    expect(child.output()).toContain('function,function,function');
  });
});

test("the examples of the client's README compile, and have ten lines or so", async () => {
  const readme = readFileSync(join(repositoryRoot, 'shared/client/README.md'), 'utf8');
  const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, code]) => code!);
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const [at, code] of examples.entries()) {
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(16);
    writeFileSync(join(folder, `example-${at}.mts`), code);
  }
  const options = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom'],
    types: [],
    strict: true,
    noEmit: true,
  };
  const compilerOptions = { ...options, exactOptionalPropertyTypes: true, skipLibCheck: false };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['example-*.mts'] }));
  const { code, output } = await run('tsc', ['-p', folder], folder);
  expect({ code, output }).toEqual({ code: 0, output: '' });
});
