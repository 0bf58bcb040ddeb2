import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { NetworkFault, RunningEdge } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, metricOf, registeredDevice, untilReady } from '../../src';
import { FaultCluster } from './fault-cluster';

let cluster: FaultCluster;
let network: NetworkFault;
/** The edge behind the network. */
let stalled: RunningEdge;
let other: RunningEdge;

beforeEach(async () => {
  cluster = await FaultCluster.start();
  network = cluster.network;
  [stalled, other] = cluster.edges;
});

afterEach(() => cluster.stop());

test('a Register that was refused while the link to Redis stalled takes the device from nobody when it arrives at last', async () => {
  const device = await connectDevice(stalled);
  network.stall();
  device.sendFrame({ type: 'Register', payload: { hardware_id: device.hardwareId } });
  expect((await errorOf(device)).code).toBe(503);
  const moved = await registeredDevice(other, { hardwareId: device.hardwareId });
  device.terminate();
  network.heal();
  await untilReady(stalled);

  // What the stalled edge had asked for is through: this goes the same way, later.
  const sender = await registeredDevice(stalled);
  await exchange(sender, moved);
  expect(moved.isOpen).toBe(true);
});

test('after a stall that is longer than a subscription may be silent each connection is registered again once', async () => {
  const devices = await Promise.all(Array.from({ length: 5 }, () => registeredDevice(stalled)));
  const registrations = () => metricOf(stalled, 'registrations_total');
  expect(await registrations()).toBe(devices.length);
  network.stall();
  await pause(4500);
  network.heal();
  await untilReady(stalled);

  await eventually(async () => expect(await registrations()).toBe(2 * devices.length));
  // A probe has come back, before which it was judged whether the subscription is deaf.
  await eventually(async () => expect(await metricOf(stalled, 'probe_age_seconds')).toBeLessThan(1.1));
  await exchange(devices[0]!, devices[1]!);
  expect(await metricOf(stalled, 'subscriber_replacements_total')).toBe(0);
  expect(await registrations()).toBe(2 * devices.length);
});

test('a takeover that is heard of when the newer connection has gone again closes nobody', async () => {
  const staying = await registeredDevice(stalled);
  network.stall();
  const passing = await registeredDevice(other, { hardwareId: staying.hardwareId });
  await passing.close();
  const sender = await registeredDevice(other);
  await eventually(async () => {
    sender.sendMessage(staying.hardwareId, { ttl: 0 });
    expect((await errorOf(sender)).code).toBe(404); // nobody holds the device
  });
  network.heal();
  await untilReady(stalled);
  await exchange(await registeredDevice(stalled), staying);
  expect(staying.isOpen).toBe(true);
});
