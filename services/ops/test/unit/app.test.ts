import { afterEach, expect, test } from '@jest/globals';
import { NeverServed, type Snapshot } from '@openrelay/overview';
import { RedisUnavailable } from '@openrelay/state';
import type { FastifyInstance } from 'fastify';
import { snapshotAt } from '../../../../shared/overview/test/unit/snapshots';
import { createApp } from '../../src/app';

const token = 'correct-horse-battery-staple';
const apiPaths = ['cluster', 'nodes', 'queues', 'bandwidth', 'jobs', 'ledger', 'metrics'].map((name) => `/api/${name}`);
const guarded = [...apiPaths, '/api/events', '/metrics', '/openapi.json', '/nothing'];

let app: FastifyInstance | undefined;
let unexpected: unknown[] = [];

afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** Each reading is a second after the one before. */
async function appFor(options: { token?: string; snapshot?: () => Promise<Snapshot> } = {}): Promise<FastifyInstance> {
  let seconds = 0;
  unexpected = [];
  app = await createApp({
    overview: {
      snapshot: options.snapshot ?? (async () => snapshotAt(1000 * seconds++)),
      series: async () => [],
    },
    token: options.token ?? '',
    nowMs: () => snapshotAt().atMs,
    monotonicMs: () => 2000 * seconds,
    mostSockets: 100,
    onUnexpected: (error) => unexpected.push(error),
  });
  return app;
}

async function get(path: string, headers: Record<string, string> = {}) {
  const {
    statusCode,
    body,
    headers: answered,
  } = await app!.inject({ url: path, headers: { host: 'localhost', ...headers } });
  return { status: statusCode, body, headers: answered, json: () => JSON.parse(body) as Record<string, unknown> };
}

function sentenceOf(answer: Awaited<ReturnType<typeof get>>): string {
  const { error, ...rest } = answer.json();
  expect(rest).toEqual({});
  expect(error).toMatch(/^[^\n]+\.$/);
  return String(error);
}

test('answers have everything that is known, and nothing is lost on the way', async () => {
  await appFor();
  const { totals: _, atMs, ...parts } = snapshotAt();
  const cluster = (await get('/api/cluster')).json();
  expect(cluster).toMatchObject({
    ...parts,
    problems: [
      { level: 'wrong', name: 'node-silent', about: 'bbbbbbbbbbbb', text: 'Node bbbbbbbbbbbb is silent.' },
      { level: 'warning', name: 'job-never-ran', about: 'audit', text: 'Job audit has not run yet.' },
    ],
  });
  expect(cluster.atMs).toBeGreaterThan(atMs);
  expect(cluster.rates).toMatchObject({ overMs: 1000, accepted: 40, deliveredLive: 30, refused: { 429: 5 } });
  expect(cluster.latency).toMatchObject({ count: 30 });
  for (const part of ['nodes', 'queues', 'bandwidth', 'jobs', 'ledger'] as const) {
    const answer = (await get(`/api/${part}`)).json();
    expect(Object.keys(answer).sort()).toEqual(['atMs', part].sort());
    expect(answer[part]).toEqual(parts[part]);
  }
});

test('what a snapshot should not have is not answered', async () => {
  const snapshot = snapshotAt();
  const nodes = snapshot.nodes.map((node) => ({ ...node, hardwareId: 'secret' }));
  await appFor({ snapshot: async () => ({ ...snapshot, nodes }) });
  expect((await get('/api/nodes')).body).not.toContain('secret');
});

test('without a token nobody but this machine is answered', async () => {
  await appFor();
  for (const host of ['localhost:3100', '127.0.0.1:3100', '127.8.9.1', '[::1]:3100', 'LOCALHOST']) {
    expect((await get('/api/nodes', { host })).status).toBe(200);
  }
  for (const host of [
    'evil.example',
    'localhost.evil.example:3100',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'x@localhost',
  ]) {
    for (const path of ['/api/nodes', '/metrics', '/', '/health', '/nothing']) {
      const answer = await get(path, { host });
      expect({ host, path, status: answer.status }).toEqual({ host, path, status: 403 });
      expect(sentenceOf(answer)).toContain('OPS_TOKEN');
    }
  }
});

test.each([
  ['x-forwarded-for', '203.0.113.7'],
  ['forwarded', 'for=203.0.113.7'],
  ['x-forwarded-host', 'relay.example'],
  ['x-real-ip', '203.0.113.7'],
  ['via', '1.1 proxy'],
])('without a token a proxy of this machine is not answered: %s', async (name, value) => {
  await appFor();
  for (const path of ['/api/nodes', '/metrics', '/']) {
    const answer = await get(path, { host: '127.0.0.1:3100', [name]: value });
    expect({ path, status: answer.status }).toEqual({ path, status: 403 });
    expect(sentenceOf(answer)).toContain('OPS_TOKEN');
  }
});

test.each(guarded)('with a token, %s wants it', async (path) => {
  await appFor({ token });
  for (const headers of [
    {},
    { authorization: token },
    { authorization: 'Bearer ' },
    { authorization: `Bearer ${token}x` },
    { authorization: `Basic ${token}` },
  ]) {
    const answer = await get(path, headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(sentenceOf(answer)).toContain('Authorization: Bearer');
    expect(answer.body).not.toContain(token);
  }
});

test('with the token everything is answered, by any name', async () => {
  await appFor({ token });
  const headers = { host: 'ops.example', authorization: `Bearer ${token}` };
  for (const path of [...apiPaths, '/metrics', '/openapi.json']) expect((await get(path, headers)).status).toBe(200);
  expect((await get('/nothing', headers)).status).toBe(404);
});

test('the page and /health are seen without the token', async () => {
  await appFor({ token });
  for (const path of ['/', '/main.js', '/theme.css', '/chart/uplot.js', '/uplot.css', '/icon.svg', '/health']) {
    expect({ path, status: (await get(path)).status }).toEqual({ path, status: 200 });
  }
});

test('the page can be told by its files alone, and asks nobody else', async () => {
  await appFor();
  const { body, headers } = await get('/');
  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(body).not.toMatch(/https?:\/\/|style="|<style|<script>|onclick/);
  for (const [, path] of body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect({ path, status: (await get(path!)).status }).toEqual({ path, status: 200 });
  }
});

test.each([
  '/../package.json',
  '/%2e%2e/package.json',
  '/..%2f..%2fpackage.json',
  '/main.ts',
  '/stream/stream.d.ts',
  '/index.html',
  '/.tsbuildinfo',
])('no other file is to be had: %s', async (path) => {
  await appFor();
  expect((await get(path)).status).toBe(404);
});

test('nothing can be changed: every other method is refused', async () => {
  await appFor();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    for (const url of [...apiPaths, '/', '/metrics']) {
      const { statusCode, body } = await app!.inject({ method, url, headers: { host: 'localhost' } });
      expect(statusCode).toBe(404);
      expect(JSON.parse(body)).toEqual({ error: expect.stringContaining(`There is no ${method} ${url}`) });
    }
  }
});

test.each(['from=2026-01-02&to=2026-01-01', 'from=0', 'step=week', 'from=x', 'step=day&step=hour', 'since=1'])(
  '/api/metrics?%s is refused in a sentence',
  async (query) => {
    await appFor();
    const answer = await get(`/api/metrics?${query}`);
    expect(answer.status).toBe(400);
    sentenceOf(answer);
  },
);

test('while Redis is away each question is answered 503, and Prometheus hears that it is', async () => {
  await appFor({ snapshot: () => Promise.reject(new RedisUnavailable('connect ECONNREFUSED')) });
  for (const path of apiPaths.filter((each) => each !== '/api/metrics')) {
    const answer = await get(path);
    expect(answer.status).toBe(503);
    expect(sentenceOf(answer)).toContain('Redis is away (connect ECONNREFUSED)');
  }
  const { status, body } = await get('/metrics');
  expect(status).toBe(200);
  expect(body.split('\n').filter((line) => !line.startsWith('#'))).toEqual(['openrelay_redis_available 0', '']);
  expect((await get('/health')).body).toBe('OK');
  expect(unexpected).toEqual([]);
});

test('a Redis that never served a relay is told apart from one that is away', async () => {
  await appFor({ snapshot: () => Promise.reject(new NeverServed()) });
  expect(sentenceOf(await get('/api/cluster'))).toContain('never served a relay');
});

test('what is unexpected is logged, and not told', async () => {
  await appFor({ snapshot: () => Promise.reject(new Error('ERR value at or:{1}:device:ABCDEF')) });
  const answer = await get('/api/cluster');
  expect(answer.status).toBe(500);
  expect(sentenceOf(answer)).not.toContain('ABCDEF');
  expect(unexpected).toHaveLength(1);
});
