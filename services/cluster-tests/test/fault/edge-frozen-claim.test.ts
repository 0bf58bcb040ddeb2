import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import { connectDevice, exchange, registeredDevice, untilReady } from '../../src';
import { endBalanced } from './fault-cluster';

/** Longer than any device waits for an answer. */
const frozenMs = 2500;
const devices = 8;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ edges: 2 });
});

afterAll(() => endBalanced(cluster));

function say(device: TestDevice, status: string): void {
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
}

const kinds = [
  {
    what: 'a first Register',
    begin: () => connectDevice(cluster.edge(0)),
    claim: (device: TestDevice) => device.sendFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } }),
  },
  {
    what: 'Offline, then Online',
    begin: () => registeredDevice(cluster.edge(0)),
    claim: (device: TestDevice) => {
      say(device, 'Offline');
      say(device, 'Online');
    },
  },
];

/** The edge has read all that the device has said. */
async function pong(device: TestDevice): Promise<void> {
  device.sendFrame({ type: 'Ping' });
  await device.next('Pong');
}

async function frozen(meanwhile: () => Promise<void>): Promise<void> {
  const [edge] = cluster.edges;
  edge!.kill('SIGSTOP');
  await Promise.all([pause(frozenMs), meanwhile()]);
  edge!.kill('SIGCONT');
  await untilReady(edge!);
}

test.each(kinds)(
  '$what of a device that has left a frozen edge takes it from nobody when the edge wakes up',
  async ({ begin, claim }) => {
    for (let round = 0; round < 4; round += 1) {
      const left = await Promise.all(Array.from({ length: devices }, begin));
      const moved: TestDevice[] = [];
      await frozen(async () => {
        for (const device of left) claim(device);
        for (const device of left) {
          device.terminate();
          moved.push(await registeredDevice(cluster.edge(1), { hardwareId: device.hardwareId }));
        }
      });
      // What the woken edge had read is through by then.
      const sender = await registeredDevice(cluster.edge(0));
      for (const device of moved) await exchange(sender, device);
      expect(moved.filter((device) => !device.isOpen)).toEqual([]);
    }
  },
);

/**
 * The edge has read what the devices ask, and Redis has not been asked: it is busy with another. A Redis that was stopped for too
 * long counts as away; then nothing is taken, and this shows nothing.
 */
test.each(kinds)('$what that an edge had read before it froze takes a device from nobody either', async (kind) => {
  for (let round = 0; round < 2; round += 1) {
    const left = await Promise.all(Array.from({ length: devices }, kind.begin));
    const first = await connectDevice(cluster.edge(0));
    const moved: TestDevice[] = [];
    process.kill(cluster.redis.pid, 'SIGSTOP');
    first.sendFrame({ type: 'Register', payload: { hardware_id: first.hardwareId } });
    await pong(first);
    for (const device of left) kind.claim(device);
    await Promise.all(left.map(pong));
    await frozen(async () => {
      process.kill(cluster.redis.pid, 'SIGCONT');
      await untilReady(cluster.edge(1));
      for (const device of left) {
        device.sendFrame({ type: 'Ping' }); // what is read before the end of its socket
        device.terminate();
        moved.push(await registeredDevice(cluster.edge(1), { hardwareId: device.hardwareId }));
      }
    });
    const sender = await registeredDevice(cluster.edge(0));
    for (const device of moved) await exchange(sender, device);
    expect(moved.filter((device) => !device.isOpen)).toEqual([]);
  }
});

test.each(kinds)('$what of a device that has waited for a frozen edge is carried out', async ({ begin, claim }) => {
  const waiting = await begin();
  await frozen(async () => claim(waiting));
  const sender = await registeredDevice(cluster.edge(1));
  await eventually(() => exchange(sender, waiting));
});
