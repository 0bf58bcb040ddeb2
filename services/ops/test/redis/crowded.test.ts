import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RunningOps, type RunningRedis, startEdge, startOps, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { graceMs } from '../../src/access/connection-shares';
import { Crowd, openOf, statusFrom, statusInTime } from '../crowd';

const token = 'correct-horse-battery-staple';
const withToken = { token };
/** A newcomer that asks within it is answered: ops counts from when its turn began. */
const inTimeMs = graceMs / 2;
/** Of 500 connections. */
const share = 150;
const patience = { timeoutMs: 60_000, intervalMs: 100 };

let redis: RunningRedis;
let ops: RunningOps;
let crowd: Crowd;

beforeEach(async () => {
  redis = await startRedis();
  ops = await startOps({ redisUrl: redis.url, token });
  crowd = new Crowd(ops.port);
});

afterEach(async () => {
  crowd.end();
  await ops.stop('SIGKILL');
  await redis.stop();
});

async function healthIsAnswered(): Promise<void> {
  for (let i = 0; i < 5; i += 1) expect(await statusInTime(ops.url, '/health', inTimeMs)).toBe(200);
}

test('whoever holds connections, /health is answered, and one address holds no more than its share', async () => {
  const idle = await crowd.open(600);
  await healthIsAnswered();
  await eventually(() => expect(openOf(idle)).toBeLessThanOrEqual(share));
  expect(openOf(idle)).toBeGreaterThan(0);
  // The others are full up too, and no one newcomer is refused.
  for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) await crowd.open(share, { address });
  await healthIsAnswered();
  expect(await statusFrom(ops.url, '/health', { address: '127.0.0.5' })).toBe(200);
});

test('a crowd that comes back as soon as it is sent away does not keep /health from being answered', async () => {
  crowd.flood(300, '');
  await eventually(() => expect(crowd.floods).toBeGreaterThan(2000), patience);
  for (let i = 0; i < 50; i += 1) expect(await statusInTime(ops.url, '/health', inTimeMs)).toBe(200);
});

test('connections that ask for nothing, or never to the end, are closed within seconds', async () => {
  const silent = await crowd.open(5);
  const halves = await crowd.open(5, { says: 'GET /health HTTP/1.1\r\nHost: loc' });
  const answered = await crowd.open(5, { says: 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n' });
  const startedMs = performance.now();
  await eventually(() => expect(openOf([...silent, ...halves, ...answered])).toBe(0), patience);
  // 5 s, and as long again for a machine that is busy; node's own would be 60 s, and 72 s after an answer.
  expect(performance.now() - startedMs).toBeLessThan(30_000);
});

test('clients that read nothing of what they asked for are closed', async () => {
  const stalled = await crowd.open(20);
  for (const socket of stalled) {
    socket.pause();
    const timer = setInterval(() => socket.write('GET /uplot.css HTTP/1.1\r\nHost: localhost\r\n\r\n'), 5);
    socket.once('close', () => clearInterval(timer));
  }
  await healthIsAnswered();
  await eventually(() => expect(openOf(stalled)).toBe(0), patience);
});

test.each(['/api/nodes', '/', '/health', '/nothing'])(
  'a flood of pipelines for %s does not keep it from answering',
  async (path) => {
    crowd.flood(100, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(500));
    await eventually(() => expect(crowd.floods).toBeGreaterThan(300), patience);
    await healthIsAnswered();
  },
);

test('of one address so many requests are answered in a second, and those of others at once', async () => {
  const startedMs = performance.now();
  crowd.flood(100, 'GET /api/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually(() => expect(crowd.answers).toBeGreaterThan(600), patience);
  await healthIsAnswered();
  expect(await statusFrom(ops.url, '/', { address: '127.0.0.2' })).toBe(200);
  const seconds = (performance.now() - startedMs) / 1000;
  expect(crowd.answers).toBeLessThan(200 * (seconds + 2));
});

test('who follows events is not closed for others', async () => {
  await startEdge({ redisUrl: redis.url }).then((edge) => edge.stop());
  let heard = '';
  const events = request(`${ops.url}/api/events`, { headers: { authorization: `Bearer ${token}` }, agent: false });
  let isClosed = false;
  events.on('response', (answer) => {
    answer.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
    });
    answer.on('close', () => {
      isClosed = true;
    });
  });
  events.on('error', () => undefined).end();
  const eventsHeard = () => heard.split('event: cluster').length - 1;
  await eventually(() => expect(eventsHeard()).toBeGreaterThan(1), patience);
  await crowd.open(600);
  crowd.flood(50, 'GET /api/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const before = eventsHeard();
  await eventually(() => expect(eventsHeard()).toBeGreaterThan(before + 3), patience);
  expect(isClosed).toBe(false);
  await eventually(async () => expect(await statusFrom(ops.url, '/api/cluster', withToken)).toBe(200), patience);
  events.destroy();
});
