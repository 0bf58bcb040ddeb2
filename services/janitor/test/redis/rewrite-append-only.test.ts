import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type RunningRedis, startJanitor, startRedis, startRedisCluster } from '@openrelay/launch';
import { Sealed } from '@openrelay/protocol';
import { agreeOnShards, MessageQueue, MetricsReader, MetricsWriter, RedisLink, Registry } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { JanitorMetrics } from '../../src/jobs/janitor-metrics';
import { lookSeconds, rewriteAppendOnly } from '../../src/jobs/rewrite-append-only';
import { freshDevice, freshNode, hourMs, messageTo } from './janitor-rig';

const kib = 1024;
const soon = { timeoutMs: 30_000, intervalMs: 50 };
const left: (() => unknown)[] = [];

let dataDir: string;
let redis: RunningRedis;
let link: RedisLink;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'openrelay-rewrite-'));
  left.push(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  // Redis's own rule would rewrite a small file never, and is off all the same.
  redis = await startRedis({ dataDir, appendOnly: true, extraArgs: ['--auto-aof-rewrite-percentage', '0'] });
  left.push(() => redis.stop());
  link = await linkTo(redis.url);
});

afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

async function linkTo(url: string): Promise<RedisLink> {
  const to = new RedisLink({ url, commandTimeoutMs: 3000, monotonicMs: () => performance.now() });
  left.push(() => to.close());
  await to.connect(5000);
  return to;
}

const node = freshNode();

function run(aofRewriteSeconds = 3600, of = link) {
  const metrics = new JanitorMetrics(new MetricsWriter(of, node));
  const signal = new AbortController().signal;
  const unused = { shards: 4, now: () => 0, monotonicMs: () => 0, log: undefined as never };
  return rewriteAppendOnly({ link: of, metrics, aofRewriteSeconds, signal, ...unused });
}

/** Accepts a message of so many bytes and acks it. @returns what its payload is known by */
async function deliver(bytes: number): Promise<string> {
  const secret = randomBytes(bytes / 2).toString('hex');
  const device = freshDevice();
  const queue = new MessageQueue(link, node, { maxMessages: 10, maxBytes: 2 ** 30, minReplicas: 0 });
  const session = `${node}.1`;
  const rules = { claims: 'off', registrationsPerMinute: 0, pressure: () => 0 } as const;
  await new Registry(link, node, rules).register(0, [{ shard: 0, device, session, sinceMs: 0 }]);
  const message = messageTo(device, hourMs);
  const sealed = new Sealed('json', secret);
  await queue.accept(0, [{ ...message, shard: 0, envelope: { ...message.envelope, sealed } }]);
  const [page] = await queue.pull(0, [{ shard: 0, device, session, cursor: 0 }]);
  if (page?.status !== 'page') throw new Error('gone');
  const acks = page.messages.map(({ seq, bytes: size, envelope: { digest }, expiresAtMs }) => {
    return { shard: 0, device, session, seq, bytes: size, digest, expiresAtMs };
  });
  expect(await queue.acknowledge(0, acks)).toEqual(['taken']);
  return secret.slice(0, 200);
}

/** Everything in the folder of Redis, whatever the file. */
function onDisk(text: string): boolean {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.some(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(text));
}

async function persistence(url = redis.url): Promise<string> {
  return askRedis(url, ['INFO', 'persistence']);
}

async function rewritten(times: number): Promise<void> {
  await eventually(async () => expect(await persistence()).toContain(`aof_rewrites:${times}\r`), soon);
}

/** The file is written by a thread of Redis once a second. */
async function written(text: string): Promise<void> {
  await eventually(() => expect(onDisk(text)).toBe(true), soon);
}

test('the payload of a message that was acked is gone from the disk', async () => {
  const secret = await deliver(2 * kib);
  await written(secret);
  expect(await run()).toEqual({ begun: 1, busy: 0, off: 0, notAsked: 0 });
  await eventually(() => expect(onDisk(secret)).toBe(false), soon);
  expect((await new MetricsReader(link).totals()).get('append_only_rewrites')).toBe(1);
});

test('within its time a file is not rewritten again, and is when its time is over', async () => {
  expect(await run(lookSeconds + 2)).toMatchObject({ begun: 1 });
  await rewritten(1);
  expect(await run(lookSeconds + 2)).toMatchObject({ begun: 0 });
  await eventually(async () => expect(await run(lookSeconds + 2)).toMatchObject({ begun: 1 }), soon);
  await rewritten(2);
});

test('what was deleted leaves the disk before its time when it outweighs what is stored', async () => {
  await run();
  await rewritten(1);
  await deliver(16 * kib);
  expect(await run()).toMatchObject({ begun: 0 });
  const secret = await deliver(2048 * kib);
  await written(secret);
  // Redis counts its buffers as data for a moment.
  await eventually(async () => expect(await run()).toMatchObject({ begun: 1 }), soon);
  await eventually(() => expect(onDisk(secret)).toBe(false), soon);
});

test('a Redis that rewrites is left alone, and one without such a file', async () => {
  await askRedis(redis.url, ['CONFIG', 'SET', 'rdb-key-save-delay', '10000000']);
  await askRedis(redis.url, ['SET', 'something', 'slow to save']);
  expect(await run()).toMatchObject({ begun: 1 });
  expect(await run(1)).toMatchObject({ begun: 0, busy: 1 });
  await askRedis(redis.url, ['CONFIG', 'SET', 'appendonly', 'no']);
  await eventually(async () => expect(await run(1)).toMatchObject({ begun: 0, busy: 0, off: 1 }), soon);
});

test('0 leaves it to Redis', async () => {
  expect(await run(0)).toEqual({ begun: 0 });
  expect(await persistence()).toContain('aof_rewrites:0\r');
});

test('a Redis without memory left has its file rewritten, and not every minute', async () => {
  await askRedis(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
  expect(await run()).toMatchObject({ begun: 1 });
  await rewritten(1);
  expect(await run()).toMatchObject({ begun: 0 });
});

test('of a Cluster every master rewrites its own', async () => {
  const cluster = await startRedisCluster({ replicasPerMaster: 0, extraArgs: ['--appendonly', 'yes'] });
  left.push(() => cluster.stop());
  const ofCluster = await linkTo(cluster.url);
  expect(await run(3600, ofCluster)).toMatchObject({ begun: 3 });
  for (const { url } of cluster.nodes) {
    await eventually(async () => expect(await persistence(url)).toContain('aof_rewrites:1\r'), soon);
  }
  expect(await run(3600, ofCluster)).toMatchObject({ begun: 0 });
});

test('a user who may not is told, and one who may not ask is left out', async () => {
  const rules = ['on', '>secret', '~*', '&*', '+@all'];
  await askRedis(redis.url, ['ACL', 'SETUSER', 'rewrites-not', ...rules, '-bgrewriteaof']);
  await askRedis(redis.url, ['ACL', 'SETUSER', 'asks-not', ...rules, '-info']);
  const as = (user: string) => linkTo(redis.url.replace('//', `//${user}:secret@`));
  await expect(run(3600, await as('rewrites-not'))).rejects.toThrow(/lacks a permission.*bgrewriteaof/);
  expect(await run(3600, await as('asks-not'))).toMatchObject({ begun: 0, notAsked: 1 });
});

test('a janitor does it by itself, as often as its setting says', async () => {
  await agreeOnShards(link, 4);
  const secret = await deliver(2 * kib);
  await written(secret);
  const janitor = await startJanitor({ redisUrl: redis.url, env: { RELAY_AOF_REWRITE_SECONDS: '60' } });
  left.push(() => janitor.stop('SIGKILL'));
  await eventually(() => expect(onDisk(secret)).toBe(false), soon);
});
