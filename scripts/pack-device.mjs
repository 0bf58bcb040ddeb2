import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const device = join(root, 'services/device');
const words = process.argv.slice(2);

const usage = `Usage: npm run pack:device [-- FOLDER]

Makes one file for \`npm install\`, with the command openrelay and all that it needs: no other package is fetched, and no
script runs. Prints where it is: in FOLDER, unless said otherwise in services/device/dist.
`;

if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(usage);
  process.exit(0);
}
const wrong = words.find((word, i) => i > 0 || word.startsWith('-'));
if (wrong !== undefined) {
  process.stderr.write(`pack:device: "${wrong}" is not an option; --help tells how to use it.\n`);
  process.exit(2);
}
const folder = resolve(words[0] ?? join(device, 'dist'));

/** Answers the packages whose code is in it. */
async function bundle(outfile) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['services/device/src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.12',
    conditions: ['source'],
    // Which ws does without.
    external: ['bufferutil', 'utf-8-validate'],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const names = inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Its file, or what stands at the head of its code. */
async function licenceOf(name) {
  const at = join(root, 'node_modules', name);
  const { version, license, main } = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
  const file = (await readdir(at)).find((each) => /^licen[cs]e/i.test(each));
  const text = await readFile(join(at, file ?? main), 'utf8');
  const own = file === undefined ? (/^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '') : text;
  if (!own.includes('Copyright')) throw new Error(`${name} tells no copyright: look for its licence, and say it here.`);
  return `${name} ${version} (${license})\n\n${own.trim()}\n`;
}

const { version, license } = JSON.parse(await readFile(join(device, 'package.json'), 'utf8'));
const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const manifest = {
  name: 'openrelay',
  version,
  description: 'Clipboard, texts and files between your machines, through a relay that can’t read them.',
  license,
  keywords: ['clipboard', 'file-transfer', 'end-to-end-encryption', 'pairing', 'relay'],
  engines: { node: engines.node.split(' ')[0] },
  bin: { openrelay: 'bin/openrelay.js' },
  files: ['bin', 'dist', 'LICENSES-OF-OTHERS.txt'],
  type: 'commonjs',
};

const draft = await mkdtemp(join(tmpdir(), 'openrelay-pack-'));
try {
  for (const name of ['bin', 'dist']) await mkdir(join(draft, name));
  const others = await bundle(join(draft, 'dist/main.js'));
  await writeFile(join(draft, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(join(draft, 'bin/openrelay.js'), "#!/usr/bin/env node\nrequire('../dist/main.js');\n");
  await chmod(join(draft, 'bin/openrelay.js'), 0o755);
  await copyFile(join(device, 'README.md'), join(draft, 'README.md'));
  await copyFile(join(root, 'LICENSE'), join(draft, 'LICENSE'));
  const licences = await Promise.all(others.map(licenceOf));
  await writeFile(join(draft, 'LICENSES-OF-OTHERS.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
  await mkdir(folder, { recursive: true });
  const packing = ['pack', '--silent', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', packing, { cwd: draft, shell: process.platform === 'win32' });
  process.stdout.write(`${join(folder, stdout.trim())}\n`);
} finally {
  await rm(draft, { recursive: true, force: true });
}
