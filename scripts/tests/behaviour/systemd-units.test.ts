import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { defaultSettings } from '@openrelay/config';
import { askRedis, repositoryRoot, startRedis } from '@openrelay/launch';

const source = join(repositoryRoot, 'deploy/systemd');
const unitFiles = readdirSync(source).filter((name) => /\.(service|target)$/.test(name));
const { drainLeadSeconds, drainSeconds } = defaultSettings();
const settlingSeconds = 5; // more than the edge takes for its last acks and counters
let root: string;

/** The file system of a machine that has OpenRelay in /opt. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'openrelay-systemd-'));
  for (const service of ['edge', 'janitor', 'ops']) put(`opt/openrelay/services/${service}/dist/main.js`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
}

function install(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(source, 'install'), ['--root', root, ...words], { encoding: 'utf8', timeout: 20_000 });
}

function installed(name: string): string {
  return readFileSync(join(root, 'etc/systemd/system', name), 'utf8');
}

function stopSeconds(unit: string): number {
  return Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);
}

test('the units are written with the paths that were given, and written again only when they differ', () => {
  put('usr/local/relay/services/edge/dist/main.js');
  put('usr/local/relay/services/janitor/dist/main.js');
  put('usr/local/relay/services/ops/dist/main.js');
  const prefix = '/usr/local/relay';
  const node = `${prefix}/node`;
  const words = ['--prefix', prefix, '--node', node];
  expect(install(...words)).toMatchObject({ status: 0, stderr: '' });
  expect(installed('openrelay-edge@.service')).toContain(
    `ExecStart=/usr/bin/env PORT=%i ${node} ${prefix}/services/edge/dist/main.js\n`,
  );
  for (const name of unitFiles) expect(installed(name)).not.toMatch(/\/opt\/openrelay|\/usr\/bin\/node/);
  expect(install(...words).stdout).not.toContain('wrote');
});

test('settings are for root alone, and kept', () => {
  const settings = join(root, 'etc/openrelay/openrelay.env');
  install();
  expect(statSync(settings).mode & 0o777).toBe(0o600);
  appendFileSync(settings, 'LOG_LEVEL=warn\n');
  install();
  install('--uninstall');
  expect(readFileSync(settings, 'utf8')).toContain('LOG_LEVEL=warn\n');
});

test('each service gets a user of Redis with a random password of its own, which stays', async () => {
  const folder = join(root, 'etc/openrelay/redis');
  install();
  expect(existsSync(folder)).toBe(false); // every machine wants passwords of its own
  expect(install('--redis-users').status).toBe(0);
  const users = ['admin', 'edge', 'janitor', 'ops', 'relayctl'];
  expect(readdirSync(folder).sort()).toEqual([...users.map((user) => `${user}.env`), 'users.acl']);
  const read = () =>
    users.map((user) => {
      const [, name, password] = /^REDIS_USERNAME=(\S+)\nREDIS_PASSWORD=([0-9a-f]{48})\n$/.exec(
        readFileSync(join(folder, `${user}.env`), 'utf8'),
      )!;
      expect([name, statSync(join(folder, `${user}.env`)).mode & 0o777]).toEqual([user, 0o600]);
      return password!;
    });
  const passwords = read();
  expect(new Set(passwords).size).toBe(users.length);
  for (const service of ['edge@', 'janitor', 'ops']) {
    const file = `-/etc/openrelay/redis/${service.replace('@', '')}.env`;
    expect(installed(`openrelay-${service}.service`)).toContain(`\nEnvironmentFile=${file}\n`);
  }
  writeFileSync(join(folder, 'users.acl'), 'of an older version');
  install();
  expect(read()).toEqual(passwords);
  const administrator = { name: 'admin', password: passwords[0]! };
  const redis = await startRedis({ administrator, extraArgs: ['--aclfile', join(folder, 'users.acl')] });
  try {
    const asEdge = redis.url.replace(/\/\/.*@/, `//edge:${passwords[1]}@`);
    expect(await askRedis(asEdge, ['PING'])).toBe('PONG');
    await expect(askRedis(asEdge, ['FLUSHALL'])).rejects.toThrow('NOPERM');
    await expect(askRedis(redis.url.replace(/\/\/.*@/, '//'), ['PING'])).rejects.toThrow('NOAUTH');
  } finally {
    await redis.stop();
  }
});

test('an edge is not killed before it has drained, whatever the drain is set to', () => {
  install();
  const unit = () => installed('openrelay-edge@.service');
  expect(stopSeconds(unit())).toBeGreaterThan(drainLeadSeconds + drainSeconds + settlingSeconds);
  expect(stopSeconds(unit())).toBe(stopSeconds(readFileSync(join(source, 'openrelay-edge@.service'), 'utf8')));
  appendFileSync(join(root, 'etc/openrelay/openrelay.env'), 'RELAY_DRAIN_LEAD_SECONDS=08\nRELAY_DRAIN_SECONDS="600"\n');
  install();
  expect(stopSeconds(unit())).toBeGreaterThan(608 + settlingSeconds);
});

test('what was installed is removed again, and a dry run does neither', () => {
  install('--dry-run');
  expect(readdirSync(root)).toEqual(['opt']);
  install();
  install('--uninstall', '--dry-run');
  expect(readdirSync(join(root, 'etc/systemd/system')).sort()).toEqual(unitFiles.sort());
  install('--uninstall');
  expect(readdirSync(join(root, 'etc/systemd/system'))).toEqual([]);
  expect(install('--uninstall')).toMatchObject({ status: 0, stdout: 'No units are there to remove.\n' });
});

test.each([
  [['--bogus'], 2, '"--bogus" is not an option'],
  [['--prefix'], 2, '--prefix needs a path'],
  [['--prefix', 'relay'], 1, 'must be an absolute path'],
  [['--prefix', '/opt/a#b'], 1, 'must be an absolute path'],
  [['--prefix', '/home/me/openrelay'], 1, "out of the services' sight"],
  [['--prefix', '/opt/elsewhere'], 1, 'npm run build'],
])('%j is refused in one sentence', (words, status, sentence) => {
  const refused = install(...words);
  expect(refused).toMatchObject({ status, stdout: '' });
  expect(refused.stderr).toContain(sentence);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});

test('systemd takes the units as they are, and finds them confined', () => {
  install('--node', process.execPath);
  const folder = join(root, 'etc/systemd/system');
  for (const name of unitFiles) {
    const instance = join(folder, name.replace('@.', '@3000.'));
    // Programs are looked for on this machine, where they are elsewhere.
    writeFileSync(instance, installed(name).replaceAll('/opt/openrelay', repositoryRoot));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', instance], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    // Of this machine's own units it may complain.
    const complaints = verified.stderr.split('\n').filter((line) => line.includes('openrelay'));
    expect([name, complaints]).toEqual([name, []]);
    if (!name.endsWith('.service')) continue;
    const words = ['security', '--offline=true', '--threshold=20', instance]; // in tenths
    expect([name, spawnSync('systemd-analyze', words, { timeout: 20_000 }).status]).toEqual([name, 0]);
  }
});
