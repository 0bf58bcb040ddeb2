import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { repositoryRoot, runToEnd } from '@openrelay/launch';

let folder: string;
let env: Record<string, string | undefined>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-package-'));
  mkdirSync(join(folder, 'user'));
  env = { PATH: process.env.PATH, HOME: folder, OPENRELAY_HOME: join(folder, 'home') };
  const packed = await runToEnd([process.execPath, 'scripts/pack-device.mjs', folder], { cwd: repositoryRoot, env });
  expect(packed).toMatchObject({ code: 0, stderr: '' });
  // From the one file alone: no registry is asked, no script runs.
  const words = ['npm', 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', packed.stdout.trim()];
  expect(await run(words)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (words: readonly string[]) => runToEnd(words, { cwd: join(folder, 'user'), env });
const installed = (...path: string[]) => join(folder, 'user/node_modules', ...path);

test('the command is one package without others, and brings their licences', () => {
  expect(readdirSync(installed()).filter((name) => !name.startsWith('.'))).toEqual(['openrelay']);
  expect(readdirSync(installed('openrelay')).sort()).toEqual([
    'LICENSE',
    'LICENSES-OF-OTHERS.txt',
    'README.md',
    'bin',
    'dist',
    'package.json',
  ]);
  const licences = readFileSync(installed('openrelay/LICENSES-OF-OTHERS.txt'), 'utf8');
  for (const name of ['@noble/curves', 'commander', 'qrcode-generator', 'ws'])
    expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
  expect(readFileSync(installed('openrelay/dist/main.js'), 'utf8')).not.toContain(repositoryRoot);
});

test('it runs by npx, makes a device, and says the paths of where it is installed', async () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'services/device/package.json'), 'utf8'));
  const npx = (...words: string[]) => run(['npx', '--offline', 'openrelay', ...words]);
  expect((await npx('--version')).stdout).toBe(`${version}\n`);
  expect((await npx('--help')).stdout).toMatch(/^Usage: openrelay /);
  const { code, stdout } = await npx('id');
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^id +[0-9A-F]{64}\n/)]);
  expect(existsSync(join(folder, 'home/device/journal'))).toBe(true);
  if (process.platform === 'linux' && existsSync('/usr/bin/systemctl'))
    expect((await npx('install', '--print')).stdout).toContain(`"${installed('openrelay/bin/openrelay.js')}"`);
});
