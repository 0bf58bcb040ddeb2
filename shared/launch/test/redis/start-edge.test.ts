import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { type EdgeOptions, freePort, type RunningEdge, startEdge } from '../../src/index';

const entry = join(__dirname, 'fake-edge.cjs');
const started: RunningEdge[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((edge) => edge.stop('SIGKILL')));
});

async function start(options: Partial<EdgeOptions> = {}): Promise<RunningEdge> {
  const edge = await startEdge({ redisUrl: 'redis://127.0.0.1:1', entry, ...options });
  started.push(edge);
  return edge;
}

test('an edge is given back when it is ready, and ends when told to', async () => {
  const edge = await start();
  expect(edge.url).toBe(`ws://127.0.0.1:${edge.port}/relay`);
  expect((await fetch(`${edge.httpUrl}/ready`)).status).toBe(200);
  expect(edge.output()).toMatch('edge.listening');
  expect(await edge.stop()).toEqual({ code: 0, signal: null });
  expect(await edge.exited).toEqual({ code: 0, signal: null });
  expect(await edge.stop()).toEqual({ code: 0, signal: null });
});

test('only what is given of the environment is passed on', async () => {
  process.env.RELAY_LEAKED = '1';
  const edge = await start({ env: { RELAY_SHARDS: '4' } });
  delete process.env.RELAY_LEAKED;
  const env = await (await fetch(`${edge.httpUrl}/env`)).json();
  expect(env).toEqual({
    PATH: process.env.PATH,
    PORT: '0',
    BIND_ADDR: '127.0.0.1',
    REDIS_URL: 'redis://127.0.0.1:1',
    RELAY_SHARDS: '4',
  });
});

test('an edge that stops while starting is reported with what it said', async () => {
  await expect(start({ env: { FAKE: 'fails' } })).rejects.toThrow(
    /^The edge stopped \(code 1\) before it could listen\. Its last output:\nPORT is "x"/,
  );
  const sentence = 'PORT is "x", but must be a whole number.';
  await expect(start({ env: { FAKE: 'fails' } })).rejects.toMatchObject({ sentence });
});

test('a given port is used, and refused when it is in use', async () => {
  const port = await freePort();
  expect((await start({ port, env: { LOG_LEVEL: 'silent' } })).url).toBe(`ws://127.0.0.1:${port}/relay`);
  await expect(start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use by another process.`);
});

test('an edge that does not stop when told to is killed', async () => {
  const edge = await start({ env: { FAKE: 'stubborn' }, graceMs: 200 });
  expect(await edge.stop()).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a paused edge can be stopped', async () => {
  const edge = await start();
  edge.kill('SIGSTOP');
  expect(await edge.stop()).toEqual({ code: 0, signal: null });
});

test('what it writes is appended to the log file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-test-'));
  const logFile = join(folder, 'edge.log');
  await (await start({ logFile })).stop();
  expect(readFileSync(logFile, 'utf8')).toMatch('edge.listening');
  rmSync(folder, { recursive: true });
});
