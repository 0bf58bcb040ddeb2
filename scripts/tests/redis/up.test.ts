import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { askRedis, freePort, repositoryRoot, runScript, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { type Folders, foldersIn } from '../../src/up/folders';
import { runCluster } from '../../src/up/run';
import { useFolder } from '../unit/use-folder';
import { children, childWith } from './children';

const fakeEdge = join(repositoryRoot, 'shared/launch/test/redis/fake-edge.cjs');
const realEdge = join(repositoryRoot, 'services/edge/dist/main.js');
const inFolder = useFolder();
let folders: Folders;

beforeEach(() => {
  folders = foldersIn(inFolder('.'));
});

type Session = {
  said: string[];
  /** The pauses before restarts, in ms; none of them is waited for. */
  pausesMs: number[];
  stop(): unknown;
  up: Promise<void>;
  exitCode: Promise<0 | 1>;
};

type EdgeAddress = {
  readonly url: string;
  readonly http: string;
};

function addresses(): { edges: [EdgeAddress, EdgeAddress]; opsUrl: string; redisUrl: string } {
  return JSON.parse(readFileSync(folders.cluster, 'utf8'));
}

/** As the user who may do anything in the Redis that `up` started. */
function administratorUrl(): string {
  const password = readFileSync(join(folders.redisUsers, 'admin'), 'utf8').trim();
  return addresses().redisUrl.replace(/\/\/.*@/, `//admin:${password}@`);
}

/** In the append-only file a transaction, which Redis reads back with the permissions of the default user. */
const twoWrites = "redis.call('SET', 'other', 'yes') redis.call('SET', 'kept', 'yes')";

function logOf(name: string): string {
  return readFileSync(join(folders.logs, `${name}.log`), 'utf8');
}

function edgeOn({ http }: EdgeAddress) {
  return childWith(`\0PORT=${new URL(http).port}\0`);
}

function up(env: Record<string, string>, duringPause = async () => {}, edgeEntry = fakeEdge): Session {
  const said: string[] = [];
  const pausesMs: number[] = [];
  const clock = {
    monotonicMs: () => 0,
    pause: async (durationMs: number) => {
      pausesMs.push(durationMs);
      await duringPause();
    },
  };
  const events = new EventEmitter();
  const stopAsked = once(events, 'stop').then(() => undefined);
  const isUp = once(events, 'up').then(() => undefined);
  const say = (line: string) => {
    said.push(line);
    if (line.includes('The cluster is up')) events.emit('up');
  };
  const exitCode = runCluster({ env: { OPS_PORT: '0', ...env }, folders, stopAsked, say, edgeEntry, clock });
  return { said, pausesMs, stop: () => events.emit('stop'), up: isUp, exitCode };
}

async function stopped(session: Session): Promise<void> {
  session.stop();
  expect(await session.exitCode).toBe(0);
}

test('a cluster comes up, tells its addresses, keeps its data, and leaves no process behind', async () => {
  const session = up({ PORT: '0', EDGES: '2' });
  await session.up;
  const { edges, opsUrl, redisUrl } = addresses();
  expect(edges).toHaveLength(2);
  expect(session.said.join('\n')).toMatch(`${opsUrl}/\n`);
  expect((await fetch(opsUrl)).headers.get('content-type')).toMatch('text/html');
  for (const { url, http } of edges) {
    expect(session.said.join('\n')).toMatch(url);
    expect((await fetch(`${http}/ready`)).status).toBe(200);
  }
  await askRedis(administratorUrl(), ['EVAL', twoWrites, '0']);
  await stopped(session);
  expect(existsSync(folders.cluster)).toBe(false);
  expect(logOf('edge-1')).toMatch('edge.listening');
  for (const event of ['janitor.ready', 'janitor.stopped']) expect(logOf('janitor')).toMatch(event);
  for (const event of ['ops.listening', 'ops.stopped']) expect(logOf('ops')).toMatch(event);
  expect(children()).toEqual([]);
  await expect(askRedis(redisUrl, ['PING'])).rejects.toThrow('ECONNREFUSED');
  await expect(fetch(`${edges[0].http}/ready`)).rejects.toThrow();

  const again = up({ PORT: '0', EDGES: '1' });
  await again.up;
  expect(await askRedis(administratorUrl(), ['GET', 'kept'])).toBe('yes');
  await stopped(again);
});

test('its Redis lets in the services and relayctl alone, each as a user of its own, whose password nobody sees', async () => {
  const session = up({ PORT: '0', EDGES: '1' }, undefined, realEdge);
  await session.up;
  const { redisUrl } = addresses();
  await expect(askRedis(redisUrl.replace(/\/\/.*@/, '//'), ['PING'])).rejects.toThrow('NOAUTH');
  const clients = await askRedis(administratorUrl(), ['CLIENT', 'LIST']);
  const users = new Set(Array.from(clients.matchAll(/ user=(\S+)/g), ([, user]) => user));
  expect([...users].sort()).toEqual(['admin', 'edge', 'janitor', 'ops']);
  await expect(askRedis(redisUrl, ['FLUSHALL'])).rejects.toThrow('NOPERM');
  const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
  expect(await runScript(relayctl, ['nodes'], { REDIS_URL: redisUrl })).toMatchObject({ code: 0, stderr: '' });

  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect([modeOf(folders.redisUsers), modeOf(folders.cluster)]).toEqual(['700', '600']);
  const files = readdirSync(folders.redisUsers);
  expect(files.sort()).toEqual(['admin', 'edge', 'janitor', 'ops', 'relayctl', 'users.acl']);
  for (const file of files) expect(modeOf(join(folders.redisUsers, file))).toBe('600');
  const passwords = files.slice(0, 5).map((file) => readFileSync(join(folders.redisUsers, file), 'utf8').trim());
  expect(new Set(passwords).size).toBe(5);
  const shown = [...children().map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')), ...session.said].join(
    '\n',
  );
  expect(shown).toMatch('redis-server');
  for (const password of passwords) expect(shown).not.toMatch(password);
  await stopped(session);
});

test('an edge that dies is told of and started again on its port, while the rest goes on', async () => {
  const session = up({ PORT: '0', EDGES: '2' });
  await session.up;
  const [first, second] = addresses().edges;
  const others = children().filter(({ pid }) => pid !== edgeOn(second).pid);
  process.kill(edgeOn(second).pid, 'SIGKILL');
  await eventually(() =>
    expect(session.said.slice(-2)).toEqual([
      'Edge 2 stopped (SIGKILL); it is started again in 1 s.',
      'Edge 2 is up again.',
    ]),
  );
  for (const { http } of [first, second]) expect((await fetch(`${http}/ready`)).status).toBe(200);
  expect(children()).toEqual(expect.arrayContaining(others));
  expect(logOf('edge-2').match(/^\{.*edge.listening/gm)).toHaveLength(2);
  await stopped(session);
});

test.each([
  ['The janitor', 'services/janitor/'],
  ['Ops', 'services/ops/'],
])('%s that dies is started again, too', async (title, folder) => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const { pid } = childWith(folder);
  process.kill(pid, 'SIGKILL');
  await eventually(() => expect(session.said.at(-1)).toBe(`${title} is up again.`));
  expect(childWith(folder).pid).not.toBe(pid);
  await stopped(session);
});

test('Redis that dies is started again on its port and its data', async () => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const redisUrl = administratorUrl();
  await askRedis(redisUrl, ['EVAL', twoWrites, '0']);
  process.kill(childWith('redis-server').pid, 'SIGKILL');
  await eventually(() => expect(session.said.at(-1)).toBe('Redis is up again.'));
  expect(await askRedis(redisUrl, ['GET', 'kept'])).toBe('yes');
  await stopped(session);
});

test('an edge that dies over and over is given up, and all stops', async () => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const [edge] = addresses().edges;
  for (let death = 1; death <= 6; death++) {
    await eventually(() =>
      expect(session.said.filter((line) => line === 'Edge 1 is up again.')).toHaveLength(death - 1),
    );
    process.kill(edgeOn(edge).pid, 'SIGKILL');
  }
  expect(await session.exitCode).toBe(1);
  expect(session.said.at(-1)).toMatch(
    /^Edge 1 stopped \(SIGKILL\), after 5 restarts: everything is stopped\. The end of .*edge-1\.log:\n/,
  );
  expect(session.pausesMs).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(existsSync(folders.cluster)).toBe(false);
  expect(children()).toEqual([]);
});

test('an edge whose port is taken meanwhile is given up with that reason', async () => {
  const server = createServer();
  const port = await freePort();
  const session = up({ PORT: String(port), EDGES: '1' }, async () => {
    if (!server.listening) await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
  });
  await session.up;
  process.kill(edgeOn(addresses().edges[0]).pid, 'SIGKILL');
  expect(await session.exitCode).toBe(1);
  server.close();
  expect(session.said.at(-1)).toMatch(
    `Edge 1 did not start (Port ${port} on 0.0.0.0 is in use by another process.), after 5 restarts: everything is stopped.`,
  );
  expect(session.said.at(-1)).toMatch('edge.listening');
});

test('it can be stopped while an edge is started again', async () => {
  const session = up({ PORT: '0', EDGES: '1' });
  await session.up;
  const [edge] = addresses().edges;
  process.kill(edgeOn(edge).pid, 'SIGKILL');
  await eventually(() => expect(session.said.at(-1)).toMatch('it is started again'));
  await stopped(session);
});

test('a log that is silent keeps nothing from starting', async () => {
  const session = up({ PORT: '0', EDGES: '1', LOG_LEVEL: 'silent' });
  await session.up;
  await stopped(session);
});

test('it can be stopped while it starts', async () => {
  const session = up({ PORT: '0', EDGES: '20' });
  await stopped(session);
  expect(session.said).not.toContain('Starting edge 2 of 20');
});

test.each([
  ['PORT', 'choose others: PORT=4000 ./scripts/up.'],
  ['OPS_PORT', 'choose another: OPS_PORT=4100 ./scripts/up.'],
])('a port in use is named in one sentence before anything is started: %s', async (name, advice) => {
  const server = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
  const session = up({ PORT: '0', EDGES: '1', [name]: String(port) });
  const exitCode = await session.exitCode;
  server.close();
  expect(exitCode).toBe(1);
  expect(session.said).toEqual([`Port ${port} is in use; stop what uses it, or ${advice}`]);
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
  await stopped(session);
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
  await redis.stop();
});

test('a given Redis that goes and comes is told of, once each', async () => {
  const redis = await startRedis();
  const session = up({ PORT: '0', EDGES: '2', REDIS_URL: redis.url }, undefined, realEdge);
  await session.up;
  const told = () => session.said.filter((line) => line.startsWith('Redis is'));
  redis.kill('SIGKILL');
  const away = expect.stringMatching(/^Redis is away \(.*\); devices are refused until it is back\.$/);
  await eventually(() => expect(told()).toEqual([away]));
  await redis.restart();
  await eventually(() => expect(told()).toEqual([away, 'Redis is back.']));
  await stopped(session);
  await redis.stop();
});

test('settings that are not allowed are listed', async () => {
  const session = up({ PORT: 'x', LOG_LEVEL: 'loud' });
  expect(await session.exitCode).toBe(1);
  expect(session.said.join('\n')).toMatch(/^PORT is "x".*\nLOG_LEVEL is "loud"/);
});
