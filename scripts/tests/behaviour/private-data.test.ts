import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { Checkout } from './checkout';

let checkout: Checkout;

beforeEach(() => {
  checkout = new Checkout();
  checkout.standIn('npm', 'umask; echo built');
});

afterEach(() => checkout.remove());

/** What others than its owner may do something with. */
function openToOthers(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true });
  const all = [folder, ...below.map(({ parentPath, name }) => join(parentPath, name))];
  return all.filter((path) => (lstatSync(path).mode & 0o077) !== 0);
}

/** Starts Redis as `up` does, in this checkout, and ends when it is told. */
const startsRedis = `
  const { startPrivateRedis } = require(${JSON.stringify(join(repositoryRoot, 'scripts/dist/up/redis.js'))});
  const { foldersIn } = require(${JSON.stringify(join(repositoryRoot, 'scripts/dist/up/folders.js'))});
  const folders = foldersIn(require('path').join(__dirname, '../../.data'));
  startPrivateRedis(folders, folders.logs + '/redis.log', '1gb').then((redis) => {
    process.on('SIGTERM', () => redis.stop().then(() => process.exit(0)));
    console.log('Redis is up');
  });
`;

async function runUp(): Promise<void> {
  mkdirSync(checkout.path('scripts/dist'), { recursive: true });
  writeFileSync(checkout.path('scripts/dist/up.js'), startsRedis);
  const up = await checkout.run(checkout.path('scripts/up'), [], { REDIS_URL: '' });
  await eventually(() => expect(up.output()).toMatch('Redis is up'), { timeoutMs: 30_000, intervalMs: 50 });
  expect((await up.stop('SIGTERM', 10_000)).code).toBe(0);
}

test('nobody but its owner can read .data, nor what Redis writes there', async () => {
  await runUp();
  const data = checkout.path('.data');
  expect(readdirSync(join(data, 'redis/appendonlydir'))).not.toHaveLength(0);
  expect(openToOthers(data)).toEqual([]);
  expect(statSync(data).mode & 0o777).toBe(0o700);
  expect(statSync(join(data, 'logs/redis.log')).mode & 0o777).toBe(0o600);
});

test('a .data that others could read is closed to them', async () => {
  const folder = checkout.path('.data/redis/appendonlydir');
  mkdirSync(folder, { recursive: true });
  mkdirSync(checkout.path('.data/logs'));
  const file = checkout.path('.data/logs/edge-1.log');
  writeFileSync(file, 'old');
  for (const path of [checkout.path('.data'), checkout.path('.data/redis'), folder]) chmodSync(path, 0o755);
  chmodSync(file, 0o644);
  await runUp();
  expect(openToOthers(checkout.path('.data'))).toEqual([]);
});

test('what is installed and built has the rights that its user gives to files', async () => {
  await runUp();
  expect(checkout.read('.data/logs/build.log')).toMatch(/^0?022\nbuilt\n$/);
});
