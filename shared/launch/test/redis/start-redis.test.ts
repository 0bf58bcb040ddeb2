import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import {
  askRedis,
  eventually,
  freePort,
  isPortFree,
  type RedisOptions,
  type RunningRedis,
  startRedis,
} from '../../src/index';

const started: RunningRedis[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((redis) => redis.stop()));
});

async function start(options: RedisOptions = {}): Promise<RunningRedis> {
  const redis = await startRedis(options);
  started.push(redis);
  return redis;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('a server answers, refuses to evict, and is gone after stop', async () => {
  const redis = await start();
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
  expect(await askRedis(redis.url, ['INFO', 'memory'])).toMatch('maxmemory_policy:noeviction');
  expect(redis.pid).toBe(Number(/process_id:(\d+)/.exec(await askRedis(redis.url, ['INFO', 'server']))![1]));
  const { pid } = redis;
  await redis.stop();
  expect(isAlive(pid)).toBe(false);
  expect(await isPortFree(redis.port, redis.host)).toBe(true);
  await expect(askRedis(redis.url, ['PING'])).rejects.toThrow('ECONNREFUSED');
});

test('the folder of a server is removed with it', async () => {
  const redis = await start();
  const folder = readlinkSync(`/proc/${redis.pid}/cwd`);
  expect(folder).toMatch(/openrelay-redis-.+-\w+$/);
  await redis.stop();
  expect(existsSync(folder)).toBe(false);
});

test('appended data is there again after a kill and a restart on the same port', async () => {
  const redis = await start({ appendOnly: true, extraArgs: ['--appendfsync', 'always'] });
  await askRedis(redis.url, ['SET', 'kept', 'yes']);
  const { pid } = redis;
  redis.kill('SIGKILL');
  expect((await redis.exited).signal).toBe('SIGKILL');
  await redis.restart();
  expect(redis.pid).not.toBe(pid);
  expect(await askRedis(redis.url, ['GET', 'kept'])).toBe('yes');
});

test('a paused server is restarted', async () => {
  const redis = await start();
  redis.kill('SIGSTOP');
  await expect(askRedis(redis.url, ['PING'], 100)).rejects.toThrow('no answer within 100 ms');
  await redis.restart();
  expect(await askRedis(redis.url, ['PING'])).toBe('PONG');
});

test('in cluster mode one server owns all slots, also after a restart', async () => {
  const redis = await start({ clusterMode: true });
  expect(await askRedis(redis.url, ['SET', 'any', 'key'])).toBe('OK');
  await expect(askRedis(redis.url, ['MSET', 'a', '1', 'b', '2'])).rejects.toThrow('CROSSSLOT');
  const members = /^\w+ \S+ myself,master [^\n]+ 0-16383\n$/;
  expect(await askRedis(redis.url, ['CLUSTER', 'NODES'])).toMatch(members);
  await redis.restart();
  expect(await askRedis(redis.url, ['CLUSTER', 'INFO'])).toMatch('cluster_slots_ok:16384');
  expect(await askRedis(redis.url, ['CLUSTER', 'NODES'])).toMatch(members);
});

test('a server with a password is started, and asked with it', async () => {
  const redis = await start({ extraArgs: ['--requirepass', 'p@ss'] });
  await expect(askRedis(redis.url, ['PING'])).rejects.toThrow('NOAUTH');
  expect(await askRedis(`redis://:p%40ss@${redis.host}:${redis.port}`, ['PING'])).toBe('PONG');
});

test('a port in use and a wrong option are reported with what Redis said', async () => {
  const redis = await start();
  await expect(start({ port: redis.port })).rejects.toThrow(/^Redis stopped while starting.*already in use/s);
  await expect(start({ extraArgs: ['--no-such', '1'] })).rejects.toThrow(
    /^Redis stopped while starting.*Bad directive/s,
  );
});

test('a server does not outlive the process that started it, however that ends', async () => {
  const script = `require(${JSON.stringify(join(__dirname, '../../dist/index.js'))})
    .startRedis({ port: ${await freePort()} }).then((redis) => console.log(redis.pid));`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => expect(isAlive(pid)).toBe(false));
});
