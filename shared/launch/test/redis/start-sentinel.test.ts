import { existsSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import {
  askRedis,
  eventually,
  isPortFree,
  type RunningSentinel,
  startSentinel,
  untilReplicated,
} from '../../src/index';

let watched: RunningSentinel;

beforeAll(async () => {
  watched = await startSentinel();
}, 120_000);

afterAll(() => watched.stop());

test('all sentinels agree on the master, and a client finds it through them', async () => {
  expect(watched.url).toMatch(/^redis\+sentinel:\/\/127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+){2}\/relay$/);
  const master = await watched.master();
  expect(await master.role()).toBe('master');
  const sentinels = watched.sentinels.map(({ host, port }) => ({ host, port }));
  const client = new Redis({ sentinels, name: 'relay' });
  expect(await client.info('server')).toMatch(`tcp_port:${master.port}\r`);
  client.disconnect();
});

test('the sentinels replace a killed master, which becomes a replica when it is back', async () => {
  const old = await watched.master();
  await askRedis(old.url, ['SET', 'before', 'kept']);
  await untilReplicated(old);
  const successor = await watched.failover();
  expect(successor).not.toBe(old);
  expect(await watched.master()).toBe(successor);
  expect(await askRedis(successor.url, ['GET', 'before'])).toBe('kept');
  expect(await askRedis(successor.url, ['SET', 'after', 'written'])).toBe('OK');
  await old.restart();
  await eventually(async () => expect(await old.role()).toBe('replica'), { timeoutMs: 60_000 });
  await eventually(async () => expect(await askRedis(old.url, ['GET', 'after'])).toBe('written'), {
    timeoutMs: 30_000,
  });
}, 120_000);

test('nothing is left of servers that were stopped', async () => {
  const other = await startSentinel({ replicas: 0 });
  const servers = [...other.nodes, ...other.sentinels];
  const folders = servers.map(({ pid }) => readlinkSync(`/proc/${pid}/cwd`));
  await other.stop();
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  const free = await Promise.all(servers.map(({ port, host }) => isPortFree(port, host)));
  expect(free.every(Boolean)).toBe(true);
}, 120_000);

test('too few sentinels to agree are refused', async () => {
  await expect(startSentinel({ sentinels: 2 })).rejects.toThrow('At least 3 sentinels are needed');
});
