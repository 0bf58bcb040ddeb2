import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Cluster,
  freePort,
  type RunningOps,
  type RunningRedis,
  type RunningService,
  startCluster,
  startJanitor,
  startOps,
  startRedis,
  unlimited,
} from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { parseStrictly } from '../../../../shared/telemetry/test/unit/strict-text';
import { type Chatter, startChatter } from '../chatter';
import { faultsBySchema } from './schema-check';

/** What takes longer hangs; a machine that is merely slow must not look broken. */
const patience = { timeoutMs: 60_000, intervalMs: 200 };
const apiPaths = ['cluster', 'nodes', 'queues', 'bandwidth', 'jobs', 'ledger', 'metrics'].map((name) => `/api/${name}`);

let cluster: Cluster;
let janitor: RunningService;
let ops: RunningOps;
let chatter: Chatter;

beforeAll(async () => {
  cluster = await startCluster({ edges: 1, env: unlimited });
  const { url: redisUrl } = cluster.redis;
  [janitor, ops] = await Promise.all([startJanitor({ redisUrl }), startOps({ redisUrl })]);
  chatter = await startChatter(cluster.edges, 4);
}, 90_000);

afterAll(async () => {
  chatter?.stop();
  await Promise.all([ops?.stop(), janitor?.stop()]);
  await cluster?.stop();
}, 60_000);

type Document = {
  paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
};

async function json(path: string, from = ops): Promise<Record<string, unknown>> {
  const response = await fetch(`${from.url}${path}`);
  return (await response.json()) as Record<string, unknown>;
}

test('every real answer is what /openapi.json says, and it says all that there is', async () => {
  await eventually(async () => expect((await json('/api/jobs')).jobs).not.toEqual([]), patience);
  await eventually(async () => expect((await json('/api/metrics')).points).not.toEqual([]), patience);
  const { paths } = (await json('/openapi.json')) as Document;
  expect(Object.keys(paths).sort()).toEqual([...apiPaths, '/api/events', '/metrics'].sort());
  for (const path of apiPaths) {
    const { schema } = paths[path]!.get.responses['200']!.content['application/json']!;
    const answer = await json(path);
    expect({ path, faults: await faultsBySchema(schema, answer) }).toEqual({ path, faults: undefined });
    // A schema that takes anything would prove nothing.
    expect(await faultsBySchema(schema, { ...answer, more: 1 })).toBeDefined();
    expect(await faultsBySchema(schema, {})).toBeDefined();
  }
}, 120_000);

test('what devices do is seen: counted, timed, and in the right place', async () => {
  await eventually(async () => {
    const shown = await json('/api/cluster');
    expect(shown).toMatchObject({
      connections: 4,
      nodes: [{ state: 'up', connections: 4, port: cluster.edge(0).port }],
    });
    const { rates, latency, queues } = shown as Record<string, Record<string, number>>;
    for (const name of ['accepted', 'deliveredLive', 'queued', 'bytesIn', 'bytesOut']) {
      expect({ name, isSeen: rates![name]! > 0 }).toEqual({ name, isSeen: true });
    }
    expect(latency!.p99Ms).toBeGreaterThan(0);
    expect(queues!.devices).toBeGreaterThanOrEqual(2);
    expect(queues!.accepted).toBe(queues!.acked! + queues!.expired! + queues!.messages!);
  }, patience);
}, 90_000);

test('Prometheus is given strict text, and its totals follow the edge’s own', async () => {
  const accepted = async (url: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^openrelay_messages_accepted_total (\d+)$/m.exec(text)![1]);
  };
  await eventually(async () => expect(await accepted(ops.url)).toBeGreaterThan(0), patience);
  const before = await accepted(cluster.edge(0).httpUrl);
  await eventually(async () => expect(await accepted(ops.url)).toBeGreaterThanOrEqual(before), patience);
  expect(await accepted(ops.url)).toBeLessThanOrEqual(await accepted(cluster.edge(0).httpUrl));
  const response = await fetch(`${ops.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const families = parseStrictly(await response.text());
  expect(families.get('openrelay_nodes')!.samples.get('{state="up"}')).toBe(1);
  expect(families.get('openrelay_queued_messages')!.samples.get('')).toBeGreaterThan(0);
}, 90_000);

test('no answer has an id of a device, nor anything of a message', async () => {
  const answers = await Promise.all(
    [...apiPaths, '/metrics', '/openapi.json', '/'].map(async (path) => (await fetch(`${ops.url}${path}`)).text()),
  );
  const events = await fetch(`${ops.url}/api/events`);
  const reader = events.body!.getReader();
  for (let i = 0; i < 3; i += 1) answers.push(Buffer.from((await reader.read()).value!).toString());
  await reader.cancel();
  const all = `${answers.join('\n')}\n${ops.output()}`.toUpperCase();
  for (const id of chatter.hardwareIds) expect(all).not.toContain(id.slice(0, 8).toUpperCase());
  for (const sealed of chatter.sealed) expect(all).not.toContain(sealed.slice(0, 16).toUpperCase());
}, 90_000);

test('events come each second while ops runs, and end with it', async () => {
  const own = await startOps({ redisUrl: cluster.redis.url });
  try {
    const response = await fetch(`${own.url}/api/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body!.getReader();
    let text = '';
    const clusters = () => [...text.matchAll(/event: cluster\ndata: (.+)\n/g)].map(([, data]) => JSON.parse(data!));
    while (clusters().length < 3) text += Buffer.from((await reader.read()).value!).toString();
    const [first, , third] = clusters() as Record<string, unknown>[];
    expect(first!.rates).toBeNull();
    expect(third!.rates).not.toBeNull();
    const exit = own.stop('SIGTERM');
    while (!(await reader.read()).done);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(own.output()).toContain('"ops.stopped"');
  } finally {
    await own.stop('SIGKILL');
  }
}, 60_000);

test('ops comes up without Redis, says so, and shows the cluster as soon as Redis is there', async () => {
  const port = await freePort();
  const own = await startOps({ redisUrl: `redis://127.0.0.1:${port}` });
  let later: RunningRedis | undefined;
  try {
    expect((await fetch(`${own.url}/`)).status).toBe(200);
    const away = await fetch(`${own.url}/api/cluster`);
    expect(away.status).toBe(503);
    expect(((await away.json()) as { error: string }).error).toContain('Redis is away');
    expect(await (await fetch(`${own.url}/metrics`)).text()).toContain('\nopenrelay_redis_available 0\n');
    later = await startRedis({ port });
    await eventually(async () => expect((await json('/api/cluster', own)).error).toContain('never served'), patience);
  } finally {
    await own.stop();
    await later?.stop();
  }
}, 90_000);

test('a Redis that hangs is told of in time, and forgotten when it goes on', async () => {
  const own = await startRedis();
  const watching = await startOps({ redisUrl: own.url });
  try {
    await eventually(
      async () => expect((await json('/api/nodes', watching)).error).toContain('never served'),
      patience,
    );
    process.kill(own.pid, 'SIGSTOP');
    await eventually(
      async () => expect((await json('/api/nodes', watching)).error).toContain('Redis is away'),
      patience,
    );
    process.kill(own.pid, 'SIGCONT');
    await eventually(
      async () => expect((await json('/api/nodes', watching)).error).toContain('never served'),
      patience,
    );
  } finally {
    process.kill(own.pid, 'SIGCONT');
    await watching.stop();
    await own.stop();
  }
}, 90_000);

test('with a token ops listens where it is told, and knows who asks', async () => {
  const token = 'correct-horse-battery-staple';
  const own = await startOps({ redisUrl: cluster.redis.url, token, bindAddress: '0.0.0.0' });
  try {
    expect((await fetch(`${own.url}/api/nodes`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    // 503 until it has reached Redis.
    const statusWithToken = async () => (await fetch(`${own.url}/api/nodes`, { headers })).status;
    await eventually(async () => expect(await statusWithToken()).toBe(200), patience);
    expect(own.output()).toContain('"address":"0.0.0.0"');
    expect(own.output()).not.toContain(token);
  } finally {
    await own.stop();
  }
}, 60_000);

test('without a token it listens on this machine alone, whatever BIND_ADDR is', async () => {
  expect(ops.output()).toContain('"address":"127.0.0.1"');
  const own = await startOps({ redisUrl: cluster.redis.url, bindAddress: '0.0.0.0' });
  try {
    expect(own.output()).toContain('"address":"127.0.0.1"');
  } finally {
    await own.stop();
  }
}, 60_000);
