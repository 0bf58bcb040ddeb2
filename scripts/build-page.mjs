/** Builds the page that makes a browser a device: one script, one worker, and what is no code, beside each other. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const page = join(dirname(dirname(fileURLToPath(import.meta.url))), 'shared/page');
const files = join(page, 'dist/files');

async function bundle(entry, define = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(page, 'app', entry)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    minify: true,
    legalComments: 'none',
    define,
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

const made = new Map([['page.js', await bundle('main.ts')]]);
for (const name of await readdir(join(page, 'static'))) made.set(name, await readFile(join(page, 'static', name)));

// A browser that has the page keeps all files of one version together.
const hash = createHash('sha256');
for (const [name, bytes] of made) hash.update(`${name}\0`).update(bytes).update('\0');
const names = [...made.keys()].map((name) => (name === 'index.html' ? './' : name));
const define = { pageVersion: JSON.stringify(hash.digest('hex').slice(0, 16)), pageFiles: JSON.stringify(names) };
made.set('worker.js', await bundle('worker.js', define));

await rm(files, { recursive: true, force: true });
await mkdir(files, { recursive: true });
for (const [name, text] of made) {
  const bytes = Buffer.from(text);
  await writeFile(join(files, name), bytes);
  // A header and a checksum more would be no gain; pictures are compressed.
  if (bytes.length < 1_000 || name.endsWith('.png')) continue;
  await writeFile(join(files, `${name}.br`), brotliCompressSync(bytes));
  await writeFile(join(files, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
