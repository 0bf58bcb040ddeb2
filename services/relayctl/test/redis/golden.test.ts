import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ExitCode } from '../../src/session/exit-code';
import { FixedCluster, linkAt, nowMs, waiting } from './fixed-cluster';
import { runIn } from './run-in';

let cluster: FixedCluster;

beforeAll(async () => {
  cluster = await FixedCluster.start();
});
afterAll(() => cluster.stop());

/** Writes the files anew instead of comparing: `GOLDEN=write npx jest golden`; read the difference before you commit it. */
const writes = process.env.GOLDEN === 'write';

async function expectGolden(
  name: string,
  argv: string[],
  columns: number | undefined,
  wanted: ExitCode,
  atMs = nowMs,
  colours: 'yes' | 'no' = 'no',
) {
  const place = {
    connect: (url: string) => linkAt(url, atMs),
    colours,
    env: { REDIS_URL: cluster.server.url, RELAY_SHARDS: '4' },
    ...(columns === undefined ? {} : { columns }),
  };
  const { code, stdout, stderr } = await runIn(place, argv);
  expect({ code, stderr }).toEqual({ code: wanted, stderr: '' });
  const file = join(__dirname, 'golden', name);
  const text = withoutWhatVaries(stdout);
  if (writes) writeFileSync(file, text);
  expect(existsSync(file)).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

/** How much memory Redis takes is its own affair, and so is where it listens. */
function withoutWhatVaries(text: string): string {
  return text
    .replace(/^(redis +)[\d.]+ [kM]B/m, '$1N MB')
    .replace(/("redis": \{\s*"state": "well",\s*"usedBytes": )\d+/, '$1"N"')
    .replaceAll(cluster.server.url, 'redis://HERE');
}

describe.each([undefined, 80, 40])('with nothing wrong, in %s columns,', (columns) => {
  test.each([
    ['status', ['status']],
    ['top', ['top']],
    ['nodes', ['nodes']],
    ['metrics', ['metrics', '--from', '5m']],
    ['metrics-by-the-day', ['metrics', '--from', '2041-05-14', '--to', 'now', '--step', 'day']],
  ])('%s is as in its file', async (name, argv) => {
    await expectGolden(`${name}${columns === undefined ? '' : `-${columns}`}.txt`, argv, columns, 0);
  });
});

describe('at any width', () => {
  test.each([
    ['bandwidth', ['bandwidth']],
    ['queues', ['queues']],
    ['ledger-check', ['ledger', 'check']],
    ['config-check', ['config', 'check']],
  ])('%s is as in its file', async (name, argv) => {
    await expectGolden(`${name}.txt`, argv, undefined, 0);
  });

  test('colours are those of its file', async () => {
    await expectGolden('nodes-in-colour.txt', ['nodes'], 80, 0, nowMs, 'yes');
  });
});

describe('in JSON', () => {
  test.each(['status', 'nodes', 'bandwidth', 'queues'])('%s is as in its file', async (name) => {
    await expectGolden(`${name}.json`, [name, '--json'], undefined, 0);
  });

  test('metrics is as in its file', async () => {
    await expectGolden('metrics.json', ['metrics', '--json', '--from', '90s'], undefined, 0);
  });
});

describe('a device', () => {
  test('is as in its file, a minute and a half after its first message', async () => {
    const connect = (url: string) => linkAt(url, nowMs);
    const asked = await runIn({ connect, env: { REDIS_URL: cluster.server.url } }, ['device', waiting, '--json']);
    const { oldestQueuedAtMs } = JSON.parse(asked.stdout) as { oldestQueuedAtMs: number };
    await expectGolden('device.txt', ['device', waiting.toLowerCase()], undefined, 0, oldestQueuedAtMs + 90_000);
  });
});

describe('with everything wrong', () => {
  let well: FixedCluster;

  beforeAll(async () => {
    well = cluster;
    cluster = await FixedCluster.start();
    await cluster.breakIt();
  });
  afterAll(async () => {
    await cluster.stop();
    cluster = well;
  });

  test.each([undefined, 80, 40])('status names it, in %s columns', async (columns) => {
    await expectGolden(`status-wrong${columns === undefined ? '' : `-${columns}`}.txt`, ['status'], columns, 1);
  });
});
