import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { envelopeBytes, findDevice, shardOf } from '../../src/index';
import { freshDevice, messageTo, useStateRig } from './state-rig';

const rig = useStateRig();
const shards = 16;

function find(hardwareId: string) {
  return findDevice(rig.link, hardwareId, shards);
}

function holdIn(device: DeviceKey) {
  return rig.hold(shardOf(device, shards), device);
}

describe('a device that is looked up', () => {
  test('is unknown when nothing is known of it', async () => {
    expect(await find(freshDevice())).toEqual({ registered: 'no', queued: 0, queuedBytes: 0 });
  });

  test('is found in whatever case its id is written', async () => {
    const device = freshDevice();
    await holdIn(device);
    expect(await find(device.toLowerCase())).toEqual({ registered: 'yes', queued: 0, queuedBytes: 0 });
  });

  test('is offline while it is connected and wants no messages, and not registered once it is gone', async () => {
    const device = freshDevice();
    const shard = shardOf(device, shards);
    const { session } = await holdIn(device);
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'offline' }]);
    expect((await find(device)).registered).toBe('offline');
    await rig.accept(shard, [messageTo(device)]);
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    expect(await find(device)).toMatchObject({ registered: 'no', queued: 1 });
  });

  test('tells how much waits for it and since when, and nothing of what that is', async () => {
    const device = freshDevice();
    const shard = shardOf(device, shards);
    const messages = [messageTo(device), messageTo(device)];
    const beforeMs = rig.link.clock.now();
    await rig.accept(shard, [messages[0]!]);
    const afterMs = rig.link.clock.now();
    await rig.accept(shard, [messages[1]!]);
    const found = await find(device);
    const queuedBytes = messages.reduce((sum, { envelope }) => sum + envelopeBytes(envelope), 0);
    expect(found).toEqual({ registered: 'no', queued: 2, queuedBytes, oldestQueuedAtMs: expect.any(Number) });
    expect(found.oldestQueuedAtMs).toBeGreaterThanOrEqual(Math.floor(beforeMs) - 1);
    expect(found.oldestQueuedAtMs).toBeLessThanOrEqual(Math.ceil(afterMs) + 1000);
  });
});
