import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningEdge } from '@openrelay/launch';
import { type Cluster, startCluster } from '@openrelay/launch';
import { type ListedNode, NodeDirectory, RedisLink } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { exchange, registeredDevice, statusOf } from '../../src';

const soon = { timeoutMs: 30_000, intervalMs: 50 };

let cluster: Cluster;
let link: RedisLink;
let directory: NodeDirectory;

beforeAll(async () => {
  cluster = await startCluster({ edges: 1 });
  link = new RedisLink({ url: cluster.redis.url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  await link.connect(5000);
  directory = new NodeDirectory(link);
});

afterAll(async () => {
  link.close();
  await cluster.stop();
});

async function find(edge: RunningEdge): Promise<ListedNode | undefined> {
  return (await directory.list()).find(({ report }) => report?.port === edge.port);
}

function listed(edge: RunningEdge): Promise<ListedNode> {
  return eventually(async () => {
    const node = await find(edge);
    if (!node) throw new Error('not listed yet');
    return node;
  }, soon);
}

/** As a busy machine does: this process, and so its devices, read nothing meanwhile. */
function holdUp(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

test('an edge tells how it is doing', async () => {
  await registeredDevice(cluster.edge(0));
  await eventually(
    async () => {
      const { report, lastSeenMs } = await listed(cluster.edge(0));
      expect(report).toMatchObject({ draining: 'no', connections: 1, port: cluster.edge(0).port });
      expect(report!.rssBytes).toBeGreaterThan(10 * 1024 * 1024);
      for (const figure of ['cpuPercent', 'redisRoundTripMs'] as const) expect(report![figure]).toBeGreaterThan(0);
      for (const figure of ['eventLoopDelayMs', 'messagesPerSecond'] as const) {
        expect(report![figure]).toBeGreaterThanOrEqual(0);
      }
      expect(Math.abs(lastSeenMs - link.clock.now())).toBeLessThan(60_000);
    },
    { timeoutMs: 30_000 },
  );
});

test('an edge that is asked to drain closes its connections with 1012 and ends with exit code 0', async () => {
  const edge = await cluster.addEdge();
  const device = await registeredDevice(edge);
  const staying = await registeredDevice(cluster.edge(0));
  const { node } = await listed(edge);
  expect(await directory.askToDrain(node)).toBe('asked');
  expect((await device.closed).code).toBe(1012);
  expect(await edge.exited).toEqual({ code: 0, signal: null });
  expect(await find(edge)).toBeUndefined();
  expect(await directory.askToDrain(node)).toBe('unknown');
  await exchange(staying, staying);
});

test('while it drains it says so, and neither a second request nor a signal cuts that short', async () => {
  const edge = await cluster.addEdge({ env: { RELAY_DRAIN_LEAD_SECONDS: '2' } });
  const device = await registeredDevice(edge);
  const { node } = await listed(edge);
  await directory.askToDrain(node);
  await eventually(async () => expect((await find(edge))?.report?.draining).toBe('yes'), soon);
  await directory.askToDrain(node);
  edge.kill('SIGTERM');
  expect(await statusOf(edge, '/ready')).toBe(503);
  expect((await device.closed).code).toBe(1012);
  expect(await edge.exited).toEqual({ code: 0, signal: null });
});

test('a device that is held up while its edge ends, and then sends before it reads, hears 1012 too', async () => {
  const edge = await cluster.addEdge();
  const device = await registeredDevice(edge);
  edge.kill('SIGTERM');
  holdUp(500);
  for (let sent = 0; sent < 3; sent += 1) device.sendMessage(device.hardwareId);
  expect((await device.closed).code).toBe(1012);
  expect(await edge.exited).toEqual({ code: 0, signal: null });
});
