import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { askRedis, type RunningRedis, startRedis, unlimited } from '@openrelay/launch';
import { eventually, TestDevice } from '@openrelay/testing';
import { WebSocket } from 'ws';
import { exchange, metricOf, untilReady } from '../../src';
import { type LoneService, startLoneService } from './start-lone-service';

const openFiles = 256;

let redis: RunningRedis;
let service: LoneService;
let sockets: (Socket | WebSocket)[];
let isAttacked: boolean;

beforeEach(async () => {
  sockets = [];
  isAttacked = false;
  redis = await startRedis();
});

afterEach(async () => {
  isAttacked = false;
  for (const socket of sockets) end(socket);
  await service.stop('SIGKILL');
  await redis.stop();
});

function end(socket: Socket | WebSocket): void {
  if (socket instanceof WebSocket) socket.terminate();
  else socket.destroy();
}

async function startEdge(env: Record<string, string> = {}): Promise<void> {
  service = await startLoneService('edge', { redisUrl: redis.url, openFiles, env: { ...unlimited, ...env } });
  await untilReady(service);
}

const url = () => `ws://127.0.0.1:${service.port}/relay`;

type Answer = { status: number; retryAfter: string | undefined };

/** Connects as a device does. Answers 101 or what it was refused with. */
function connectDevice(): Promise<Answer> {
  const socket = new WebSocket(url());
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ status: 101, retryAfter: undefined }));
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }: IncomingMessage) =>
      resolve({ status: statusCode, retryAfter: headers['retry-after'] }),
    );
    socket.on('error', reject);
  });
}

async function connectDevices(count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let device = 0; device < count; device += 1) answers.push(await connectDevice());
  return answers;
}

/** the ids of its connections to Redis on which all shards are subscribed. */
async function subscribers(): Promise<string[]> {
  const clients = await askRedis(redis.url, ['CLIENT', 'LIST', 'TYPE', 'pubsub']);
  return [...clients.matchAll(/^id=(\d+) .* ssub=16 /gm)].map(([, id]) => id!);
}

/** The ids of the connections that give commands to Redis, but for ours. */
async function clients(): Promise<string[]> {
  const all = await askRedis(redis.url, ['CLIENT', 'LIST', 'TYPE', 'normal']);
  const others = all.split('\n').filter((client) => !client.includes('cmd=client|list'));
  return others.flatMap((client) => /^id=(\d+)/.exec(client)?.[1] ?? []);
}

/** Cuts it off from Redis, and waits until it has opened new connections to it. */
async function cutFromRedis(): Promise<void> {
  const before = await subscribers();
  expect(before).toHaveLength(1);
  await askRedis(redis.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  await askRedis(redis.url, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  await eventually(async () => {
    const [now] = await subscribers();
    expect(now).toBeDefined();
    expect(before).not.toContain(now);
  });
}

/** As many sockets as there are files, again and again, until it is ended; they ask for nothing. It has begun when this resolves. */
async function attack({ port }: LoneService): Promise<() => void> {
  isAttacked = true;
  let opened = 0;
  const open = () => {
    opened += 1;
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (isAttacked && opened < 20_000) setTimeout(open, 50);
    });
  };
  for (let count = 0; count < openFiles; count += 1) open();
  // Each came through, or found the port closed: the edge may be short of files before the last one.
  const first = [...(sockets as Socket[])];
  await eventually(() => expect(first.some(({ connecting }) => connecting)).toBe(false));
  return () => {
    isAttacked = false;
    for (const socket of sockets) end(socket);
  };
}

test('more devices than there are files for are refused before they are upgraded, and all else goes on', async () => {
  await startEdge({ RELAY_HANDSHAKE_TIMEOUT_SECONDS: '300' }); // none is closed for not registering, which would make room
  const [one, other] = [await TestDevice.connect(url()), await TestDevice.connect(url())];
  await Promise.all([one.register(), other.register()]);
  const answers = await connectDevices(openFiles);
  const max = (await metricOf(service, 'connections_max')) - 2;
  expect(answers.slice(0, max).every(({ status }) => status === 101)).toBe(true);
  const refused = answers.slice(max);
  expect(refused.length).toBeGreaterThan(64);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
  expect(Number(refused[0]!.retryAfter)).toBeGreaterThan(0);
  expect(await metricOf(service, 'connections_refused_total{limit="all"}')).toBe(refused.length);

  await exchange(one, other);

  await cutFromRedis();
  await untilReady(service);
  await eventually(() => exchange(other, one));
  expect(await metricOf(service, 'listen_pauses_total')).toBe(0);
  one.terminate();
  other.terminate();
  await eventually(async () => expect((await connectDevice()).status).toBe(101));
});

test('a number of connections that is set is not gone beyond', async () => {
  await startEdge({ RELAY_MAX_CONNECTIONS: '3' });
  const answers = await connectDevices(5);
  expect(answers.map(({ status }) => status)).toEqual([101, 101, 101, 503, 503]);
  await eventually(async () => expect(await metricOf(service, 'connections')).toBe(3));
});

test('sockets that ask for nothing, as many as there are files and more, do not keep an edge from Redis', async () => {
  await startEdge();
  const endAttack = await attack(service);
  await cutFromRedis();
  endAttack();
  // The port may be closed once more while the attackers' sockets are being closed.
  await eventually(async () => expect(await metricOf(service, 'listen_pauses_total')).toBeGreaterThan(0));
  await eventually(async () => expect((await connectDevice()).status).toBe(101));
});

test('ops, too, reaches Redis again', async () => {
  service = await startLoneService('ops', { redisUrl: redis.url, openFiles });
  await eventually(async () => expect(await service.isAtWork()).toBe(true));
  const before = await clients();
  expect(before).not.toEqual([]);
  const endAttack = await attack(service);
  await askRedis(redis.url, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
  await eventually(async () => {
    const now = await clients();
    expect(now).not.toEqual([]);
    expect(before).not.toContain(now[0]);
  });
  await eventually(async () => expect(await service.isAtWork()).toBe(true));
  endAttack();
});
