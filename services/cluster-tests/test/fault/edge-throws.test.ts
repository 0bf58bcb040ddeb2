import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { quickDrain, type RunningEdge, type RunningRedis, startEdge, startRedis } from '@openrelay/launch';
import { freshHardwareId } from '@openrelay/testing';
import { connectDevice, exchange, metricOf, registeredDevice } from '../../src';

const preload = join(__dirname, 'throwing-edge.cjs');

let redis: RunningRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

function start(): Promise<RunningEdge> {
  const env = { ...quickDrain, NODE_OPTIONS: `--require ${preload}` };
  return startEdge({ redisUrl: redis.url, env });
}

function linesOf(edge: RunningEdge, event: string): { error: string; at?: string }[] {
  const lines = edge.output().split('\n');
  return lines.filter((line) => line.includes(`"${event}"`)).map((line) => JSON.parse(line));
}

test('a handler that throws costs its own connection, closed with 1011, and is counted and told without the payload', async () => {
  const edge = await start();
  const other = await registeredDevice(edge);
  const device = await registeredDevice(edge);
  const newcomer = await connectDevice(edge);
  const secret = freshHardwareId();
  for (const thrower of [device, newcomer]) {
    thrower.sendFrame({ type: 'throw', payload: { secret } });
    expect((await thrower.closed).code).toBe(1011);
  }
  await exchange(other, other);
  const again = await registeredDevice(edge, { hardwareId: device.hardwareId });
  await exchange(again, other);
  expect(await metricOf(edge, 'failures_total')).toBe(2);
  expect(await metricOf(edge, 'connections')).toBe(2);
  expect(await edge.stop()).toEqual({ code: 0, signal: null });
  const told = linesOf(edge, 'process.unexpected'); // once a minute of each place
  expect(told).toHaveLength(1);
  expect(told[0]!.error).toMatch(/^SyntaxError: .* at .*throwing-edge\.cjs/);
  expect(edge.output()).not.toContain(secret);
});

test.each([
  ['end', /^TypeError: Cannot read properties of undefined/],
  ['reject', /^TypeError: nobody waits for this/],
])('an edge that nobody’s error ends (%s) says why, and its exit code tells', async (type, why) => {
  const edge = await start();
  const device = await registeredDevice(edge);
  device.sendFrame({ type, payload: {} });
  expect(await edge.exited).toEqual({ code: 1, signal: null });
  const [failed] = linesOf(edge, 'process.failed');
  expect(failed).toMatchObject({ error: expect.stringMatching(why), at: expect.stringContaining('throwing-edge.cjs') });
  expect(edge.output()).toContain('edge: an unexpected error ended it: TypeError');
});
