import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askRedis, freePort, startRedis } from '@openrelay/launch';
import { type Folders, foldersIn } from '../../src/up/folders';
import { runCluster } from '../../src/up/run';

const edgeEntry = join(__dirname, '../../../shared/launch/test/redis/fake-edge.cjs');
let folders: Folders;

beforeEach(() => {
  folders = foldersIn(mkdtempSync(join(tmpdir(), 'openrelay-up-')));
});

afterEach(() => {
  rmSync(folders.data, { recursive: true });
});

interface Session {
  said: string[];
  stop(): void;
  up: Promise<void>;
  exitCode: Promise<0 | 1>;
}

function up(env: Record<string, string>): Session {
  const said: string[] = [];
  let stop = () => {};
  let isUp = () => {};
  const upPromise = new Promise<void>((resolve) => {
    isUp = resolve;
  });
  const stopAsked = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const say = (line: string) => {
    said.push(line);
    if (line.includes('The cluster is up')) isUp();
  };
  const exitCode = runCluster({ env, folders, stopAsked, say, edgeEntry });
  return { said, stop, up: upPromise, exitCode };
}

test('a cluster comes up, tells its addresses, keeps its data, and leaves no process behind', async () => {
  const session = up({ PORT: '0', EDGES: '2' });
  await session.up;
  const { edges, redisUrl } = JSON.parse(readFileSync(folders.cluster, 'utf8'));
  expect(edges).toHaveLength(2);
  for (const { url, http } of edges) {
    expect(session.said.join('\n')).toMatch(url);
    expect((await fetch(`${http}/ready`)).status).toBe(200);
  }
  await askRedis(redisUrl, ['SET', 'kept', 'yes']);
  session.stop();
  expect(await session.exitCode).toBe(0);
  expect(existsSync(folders.cluster)).toBe(false);
  expect(existsSync(folders.lock)).toBe(false);
  expect(readFileSync(join(folders.logs, 'edge-1.log'), 'utf8')).toMatch('edge.listening');
  await expect(askRedis(redisUrl, ['PING'])).rejects.toThrow('ECONNREFUSED');
  await expect(fetch(`${edges[0].http}/ready`)).rejects.toThrow();

  const again = up({ PORT: '0', EDGES: '1' });
  await again.up;
  expect(await askRedis(JSON.parse(readFileSync(folders.cluster, 'utf8')).redisUrl, ['GET', 'kept'])).toBe('yes');
  again.stop();
  await again.exitCode;
});

test('a process that dies is reported with its log, and all stops', async () => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const { redisUrl } = JSON.parse(readFileSync(folders.cluster, 'utf8'));
  const pid = Number(/process_id:(\d+)/.exec(await askRedis(redisUrl, ['INFO', 'server']))![1]);
  process.kill(pid, 'SIGKILL');
  expect(await session.exitCode).toBe(1);
  expect(session.said.at(-1)).toMatch(/^Redis stopped unexpectedly \(SIGKILL\)\. The end of .*redis\.log:\n/);
  expect(existsSync(folders.cluster)).toBe(false);
});

test('it can be stopped while it starts', async () => {
  const session = up({ PORT: '0', EDGES: '20' });
  session.stop();
  expect(await session.exitCode).toBe(0);
  expect(session.said).not.toContain('Starting edge 2 of 20');
  expect(existsSync(folders.lock)).toBe(false);
});

test('a port in use is named in one sentence before anything is started', async () => {
  const server = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
  const session = up({ PORT: String(port), EDGES: '1' });
  const exitCode = await session.exitCode;
  server.close();
  expect(exitCode).toBe(1);
  expect(session.said).toEqual([
    `Port ${port} is in use; stop what uses it, or choose others: PORT=4000 ./scripts/up.`,
  ]);
});

test('a Redis that cannot be reached is named in one sentence, without its password', async () => {
  const redis = `127.0.0.1:${await freePort()}`;
  const session = up({ PORT: '0', REDIS_URL: `redis://:hunter2@${redis}` });
  expect(await session.exitCode).toBe(1);
  expect(session.said).toEqual([`Redis at redis://***@${redis} cannot be used: connect ECONNREFUSED ${redis}.`]);
});

test('a given Redis is used and left running', async () => {
  const redis = await startRedis();
  const session = up({ PORT: '0', EDGES: '1', REDIS_URL: redis.url });
  await session.up;
  session.stop();
  expect(await session.exitCode).toBe(0);
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
  await redis.stop();
});

test('a second one in the same checkout is refused in one sentence', async () => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const second = up({ PORT: '0', EDGES: '1' });
  expect(await second.exitCode).toBe(1);
  expect(second.said).toEqual([
    `./scripts/up is already running in this checkout (process ${process.pid}); stop that one first.`,
  ]);
  expect(existsSync(folders.lock)).toBe(true);
  session.stop();
  expect(await session.exitCode).toBe(0);
});

test('a lock that a killed one left behind is taken over', async () => {
  writeFileSync(folders.lock, '1\n');
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  session.stop();
  expect(await session.exitCode).toBe(0);
});

test('settings that are not allowed are listed', async () => {
  const session = up({ PORT: 'x', LOG_LEVEL: 'loud' });
  expect(await session.exitCode).toBe(1);
  expect(session.said.join('\n')).toMatch(/^PORT is "x".*\nLOG_LEVEL is "loud"/);
});
