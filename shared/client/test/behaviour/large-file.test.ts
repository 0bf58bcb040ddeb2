import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster, unlimited } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { sha256, toHex } from '../../src/index';
import { type DeviceRig, pairDevices, startDevice } from '../device-rig';
import { memorySource, patternBytes } from '../transfers-rig/memory-file';

const fileBytes = 50_000_000;

let cluster: Cluster;
const rigs: DeviceRig[] = [];
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
});
afterAll(async () => {
  await Promise.all(rigs.map((rig) => rig.close()));
  await cluster.stop();
});

async function pairedAcross(): Promise<{ sender: DeviceRig; receiver: DeviceRig }> {
  const sender = await startDevice('laptop', cluster.edge(0).url);
  const receiver = await startDevice('desk', cluster.edge(1).url);
  rigs.push(sender, receiver);
  await pairDevices(receiver, sender);
  return { sender, receiver };
}

/** Until the receiver has written so large a part of it. */
async function written(receiver: DeviceRig, part: number): Promise<void> {
  const inTime = { timeoutMs: 60_000 };
  await eventually(async () => {
    const [record] = await receiver.device.transfers.incomingList();
    expect((record?.bytes ?? 0) / fileBytes).toBeGreaterThanOrEqual(part);
  }, inTime);
}

describe('a file of 50 MB across two edges', () => {
  test('arrives whole, though edges are killed three times and both devices once', async () => {
    const { sender, receiver } = await pairedAcross();
    const bytes = patternBytes(fileBytes);
    const source = memorySource(bytes);
    sender.sources.set('video.mp4', source);
    const { id } = receiver.device.identity;
    await sender.device.sendFile({ peerId: id, name: 'video.mp4', source, place: 'video.mp4' });

    await written(receiver, 0.1);
    await cluster.restartEdge(0, 'SIGKILL');
    await written(receiver, 0.3);
    await sender.restart();
    await written(receiver, 0.4);
    await cluster.restartEdge(1, 'SIGKILL');
    await written(receiver, 0.55);
    await receiver.restart();
    await written(receiver, 0.7);
    await cluster.restartEdge(0, 'SIGKILL');

    const inTime = { timeoutMs: 60_000 };
    await eventually(() => expect(sender.events).toMatchObject([{ event: 'finished', outcome: 'done' }]), inTime);
    expect(receiver.events).toMatchObject([{ event: 'finished', outcome: 'done' }]);
    const arrived = receiver.files.finished.get('video.mp4')!;
    expect(toHex(sha256(arrived))).toBe(toHex(sha256(bytes)));
  }, 180_000);
});
