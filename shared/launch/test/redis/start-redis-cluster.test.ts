import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import {
  askRedis,
  type ClusterNode,
  eventually,
  isPortFree,
  type RunningRedisCluster,
  startRedisCluster,
  untilReplicated,
} from '../../src/index';

let cluster: RunningRedisCluster;

beforeAll(async () => {
  cluster = await startRedisCluster();
}, 120_000);

afterAll(() => cluster.stop());

async function withClient<Result>(use: (client: Cluster) => Promise<Result>): Promise<Result> {
  const client = new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port })));
  client.on('error', () => {}); // What fails is seen by its commands.
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

async function otherMaster(than: ClusterNode): Promise<ClusterNode> {
  const slots = [0, 8000, 16_383];
  const masters = await Promise.all(slots.map((slot) => cluster.masterOfSlot(slot)));
  return masters.find((master) => master !== than)!;
}

/** Writes number after number, each once the one before was answered, until told to stop; returns how many. */
async function countUp(client: Cluster, key: string, isOver: () => boolean): Promise<number> {
  let count = 0;
  for (; !isOver(); count++) await client.eval('return redis.call("RPUSH", KEYS[1], ARGV[1])', 1, key, count);
  return count;
}

test('three masters own all slots and each has a replica', async () => {
  expect(cluster.url).toMatch(/^redis\+cluster:\/\/127\.0\.0\.1:\d+(,127\.0\.0\.1:\d+){5}$/);
  const states = await Promise.all(cluster.nodes.map((node) => askRedis(node.url, ['CLUSTER', 'INFO'])));
  for (const state of states) expect(state).toMatch(/cluster_state:ok.*cluster_slots_ok:16384.*cluster_size:3/s);
  const roles = await Promise.all(cluster.nodes.map((node) => node.role()));
  expect(roles.sort()).toEqual(['master', 'master', 'master', 'replica', 'replica', 'replica']);
});

test('the master of a key is that of what its braces hold, and takes it', async () => {
  const master = await cluster.masterOfKey('or:{7}:queue');
  expect(await cluster.masterOfKey('{7}')).toBe(master);
  expect(await askRedis(master.url, ['SET', 'or:{7}:queue', 'x'])).toBe('OK');
  const other = await otherMaster(master);
  await expect(askRedis(other.url, ['GET', 'or:{7}:queue'])).rejects.toThrow('MOVED');
});

test('a slot that is no number of a slot is refused', async () => {
  await expect(cluster.masterOfSlot(16_384)).rejects.toThrow('16384 is not a slot');
});

test('a slot moves with all its keys to another master, and back', async () => {
  const keys = Array.from({ length: 250 }, (_, index) => `{moved}é:${index}`);
  const slot = Number(await askRedis(cluster.nodes[0]!.url, ['CLUSTER', 'KEYSLOT', 'moved']));
  const source = await cluster.masterOfSlot(slot);
  const target = await otherMaster(source);
  await withClient(async (client) => {
    await client.mset(Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
    await cluster.migrateSlot(slot, target);
    expect(await cluster.masterOfSlot(slot)).toBe(target);
    expect(await askRedis(target.url, ['CLUSTER', 'COUNTKEYSINSLOT', String(slot)])).toBe('250');
    await expect(askRedis(source.url, ['GET', keys[0]!])).rejects.toThrow(`MOVED ${slot} 127.0.0.1:${target.port}`);
    expect(await client.mget(keys)).toEqual(keys.map((key) => `value of ${key}`));
    await cluster.migrateSlot(slot, source);
    expect(await client.mget(keys)).toEqual(keys.map((key) => `value of ${key}`));
  });
});

test('nothing is lost of what is written while a slot moves', async () => {
  const source = await cluster.masterOfKey('{busy}');
  const target = await otherMaster(source);
  const slot = Number(await askRedis(source.url, ['CLUSTER', 'KEYSLOT', '{busy}']));
  await withClient(async (client) => {
    for (let index = 0; index < 500; index++) await client.set(`{busy}:filler:${index}`, index);
    let isOver = false;
    const counts = ['{busy}:a', '{busy}:b'].map((key) => countUp(client, key, () => isOver));
    await cluster.migrateSlot(slot, target).finally(() => {
      isOver = true;
    });
    const [a, b] = await Promise.all(counts);
    expect(await client.lrange('{busy}:a', 0, -1)).toEqual(Array.from({ length: a! }, (_, index) => String(index)));
    expect(await client.lrange('{busy}:b', 0, -1)).toEqual(Array.from({ length: b! }, (_, index) => String(index)));
    expect(Math.min(a!, b!)).toBeGreaterThan(5);
  });
});

test('a replica takes the place of a killed master, which follows it when it is back', async () => {
  const old = await cluster.masterOfKey('{failed}');
  await askRedis(old.url, ['SET', '{failed}', 'kept']);
  await untilReplicated(old);
  const successor = await cluster.failover(old);
  expect(successor).not.toBe(old);
  expect(await cluster.masterOfKey('{failed}')).toBe(successor);
  expect(await askRedis(successor.url, ['GET', '{failed}'])).toBe('kept');
  await old.restart();
  await eventually(async () => expect(await old.role()).toBe('replica'));
});

test('fewer than three masters are refused, as no replica could take over', async () => {
  await expect(startRedisCluster({ masters: 2 })).rejects.toThrow('at least 3 masters');
});

test('no node outlives the process that started the cluster, however that ends', async () => {
  const script = `require(${JSON.stringify(join(__dirname, '../../dist/index.js'))})
    .startRedisCluster().then((cluster) => console.log(cluster.nodes.map((node) => node.port).join()));`;
  // A process that is killed removes no folders.
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-test-'));
  const env = { ...process.env, TMPDIR: folder };
  const parent = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const ports = line.toString().split(',').map(Number);
  expect(ports).toHaveLength(6);
  parent.kill('SIGKILL');
  await eventually(async () => {
    const free = await Promise.all(ports.map((port) => isPortFree(port, '127.0.0.1')));
    expect(free).toEqual(ports.map(() => true));
  });
  rmSync(folder, { recursive: true, maxRetries: 5 });
});
