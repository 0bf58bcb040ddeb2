import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { eventually, freshHardwareId } from '@openrelay/testing';
import { WebSocket } from 'ws';
import { exchange, metricOf, registeredDevice, statusOf } from '../../src';

let cluster: Cluster | undefined;
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.on('error', () => undefined).terminate();
  await cluster?.stop();
  cluster = undefined;
});

async function edgeWith(env: Record<string, string>) {
  cluster = await startCluster({ edges: 1, env });
  return cluster.edge(0);
}

type Answer = { status: number; retryAfter: number; socket: WebSocket };

/** Connects and says nothing. Answers 101, or what it was refused with. */
function connectOne(url: string): Promise<Answer> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ status: 101, retryAfter: 0, socket }));
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }: IncomingMessage) =>
      resolve({ status: statusCode, retryAfter: Number(headers['retry-after']), socket }),
    );
    socket.on('error', reject);
  });
}

async function connectMany(url: string, count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let one = 0; one < count; one += 1) answers.push(await connectOne(url));
  return answers;
}

function register({ socket }: Answer): Promise<unknown> {
  const answered = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'Register', payload: { hardware_id: freshHardwareId() } }));
  return answered;
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('connections that do not register', () => {
  test('are refused from a number on, before they are upgraded, and registered ones are not counted', async () => {
    const edge = await edgeWith({ RELAY_MAX_UNREGISTERED: '3' });
    const one = await registeredDevice(edge);
    const other = await registeredDevice(edge);
    const strangers = await connectMany(edge.url, 5);
    expect(statuses(strangers)).toEqual([101, 101, 101, 503, 503]);
    expect(strangers[4]!.retryAfter).toBeGreaterThan(0);
    expect(await metricOf(edge, 'connections_unregistered')).toBe(3);
    await exchange(one, other);
    expect(await statusOf(edge, '/health')).toBe(200);

    await register(strangers[0]!);
    expect(statuses(await connectMany(edge.url, 2))).toEqual([101, 503]);
    strangers[1]!.socket.terminate();
    await eventually(async () => expect(await metricOf(edge, 'connections_unregistered')).toBe(2));
    expect(statuses(await connectMany(edge.url, 1))).toEqual([101]);
  });

  test('may be a quarter of all connections, or a hundred, when nothing is set', async () => {
    const edge = await edgeWith({ RELAY_MAX_CONNECTIONS: '200', RELAY_CONNECTIONS_PER_SECOND: '0' });
    const answers = await connectMany(edge.url, 102);
    expect(statuses(answers).indexOf(503)).toBe(100);
    for (const answer of answers.slice(0, 50)) await register(answer);
    expect(statuses(await connectMany(edge.url, 51)).indexOf(503)).toBe(50);
  });
});

test('new connections come at a rate: more are refused, and are taken a moment later', async () => {
  const edge = await edgeWith({ RELAY_CONNECTIONS_PER_SECOND: '1' });
  const answers = await connectMany(edge.url, 8);
  expect(statuses(answers.slice(0, 4))).toEqual([101, 101, 101, 101]);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]!.retryAfter).toBeGreaterThan(0);
  await eventually(async () => expect((await connectOne(edge.url)).status).toBe(101), { intervalMs: 500 });
});

describe('RELAY_ALLOWED_ORIGINS', () => {
  const open = (url: string, origin?: string) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, origin === undefined ? {} : { origin });
      sockets.push(socket);
      socket.on('open', () => resolve(101));
      socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
    });

  test('lets pages of these hosts connect, and programs, which send no Origin', async () => {
    const { url } = await edgeWith({ RELAY_ALLOWED_ORIGINS: 'app.example.org,localhost:8080' });
    expect(await open(url)).toBe(101);
    for (const origin of ['https://app.example.org', 'HTTPS://App.Example.org', 'http://localhost:8080'])
      expect(await open(url, origin)).toBe(101);
    for (const origin of [
      'https://evil.example',
      'https://app.example.org:8443',
      'http://localhost',
      'https://app.example.org.evil.example',
      'https://evil.example/app.example.org',
      'null',
    ])
      expect(await open(url, origin)).toBe(403);
  });

  test('is off by default', async () => {
    const { url } = await edgeWith({});
    expect(await open(url, 'https://anywhere.example')).toBe(101);
  });
});
