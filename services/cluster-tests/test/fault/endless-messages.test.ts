import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, type RunningEdge, startCluster } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import { connectDevice, exchange, metricOf, registeredDevice } from '../../src';

const mib = 1024 * 1024;
const limitMib = 160;
const attackers = 150;

let cluster: Cluster;
let edge: RunningEdge;
const devices: TestDevice[] = [];

beforeAll(async () => {
  cluster = await startCluster({ edges: 1, env: { RELAY_MAX_MEMORY_BYTES: String(limitMib * mib) } });
  edge = cluster.edge(0);
});

afterAll(async () => {
  for (const device of devices) device.terminate();
  await cluster.stop();
});

async function usedMib(): Promise<number> {
  const text = await (await fetch(`${edge.httpUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1]) / mib;
}

/** All but the end of a message of nearly twice the largest size, which the edge therefore never sees. */
function sayWithoutEnd(device: TestDevice): void {
  devices.push(device);
  device.sendPart('x'.repeat(1.9 * mib));
}

test('messages that never end take no more than the edge may have, and it serves on', async () => {
  for (let count = 0; count < attackers; count += 1) {
    const connected = count % 2 === 0 ? registeredDevice(edge) : connectDevice(edge);
    const device = await connected.catch(() => undefined); // refused, when the edge is short of memory already
    if (device) sayWithoutEnd(device);
  }
  await eventually(async () => expect(await metricOf(edge, 'memory_cuts_total')).toBeGreaterThan(0));
  expect(await usedMib()).toBeLessThan(2 * limitMib);
  const [one, other] = await eventually(
    async () => [await registeredDevice(edge), await registeredDevice(edge)] as const,
    { timeoutMs: 60_000 },
  );
  devices.push(one, other);
  await exchange(one, other);
});
