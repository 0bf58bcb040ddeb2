import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, type TestDevice } from '@openrelay/testing';
import { errorOf, registeredDevice, sendAndAwaitAck, untilReady } from '../../src';
import { depthOf } from '../../src/devices/mailbox-commands';
import { FaultCluster } from './fault-cluster';

let cluster: FaultCluster;

beforeEach(async () => {
  cluster = await FaultCluster.start();
});

afterEach(() => cluster.stop());

function say(device: TestDevice, status: string): void {
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
}

async function depth({ hardwareId }: TestDevice): Promise<number> {
  return Number(await cluster.ask(...depthOf(hardwareId)));
}

/** A device that was handed a message, said Offline, and was refused when it said Online, as Redis was away. */
async function refused(): Promise<{ device: TestDevice; messageId: string }> {
  const sender = await registeredDevice(cluster.edges[1]);
  const device = await registeredDevice(cluster.edges[0], { acks: true });
  const { sent } = await sendAndAwaitAck(sender, device.hardwareId);
  await device.next('Receive');
  say(device, 'Offline');
  await eventually(async () => {
    expect((await sendAndAwaitAck(sender, device.hardwareId)).answer.status).toBe('queued');
  });
  cluster.redis.kill('SIGKILL');
  await cluster.redis.exited;
  say(device, 'Online');
  expect((await errorOf(device)).code).toBe(503);
  await cluster.redis.restart();
  await Promise.all(cluster.edges.map(untilReady));
  return { device, messageId: sent.message_id as string };
}

test('acks of a connection whose Online was refused count when Redis is back', async () => {
  const { device, messageId } = await refused();
  const before = await depth(device);
  device.ack(messageId);
  await eventually(async () => expect(await depth(device)).toBe(before - 1));
});

test('a newer connection closes one whose Online was refused', async () => {
  const { device } = await refused();
  const newer = await registeredDevice(cluster.edges[1], { hardwareId: device.hardwareId, acks: true });
  expect((await device.closed).code).toBe(4001);
  await newer.next('Receive');
});
