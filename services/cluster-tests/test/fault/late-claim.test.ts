import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { NetworkFault, type RunningEdge, type RunningRedis, startEdge, startRedis } from '@openrelay/launch';
import { connectDevice, errorOf, exchange, registeredDevice } from '../../src';
import { faultBoundMs, relaySettings, untilReady } from './fault-cluster';

let redis: RunningRedis;
let network: NetworkFault;
let stalled: RunningEdge;
let other: RunningEdge;

beforeEach(async () => {
  redis = await startRedis();
  network = await NetworkFault.start(redis.url);
  stalled = await startEdge({ redisUrl: network.url, env: relaySettings });
  other = await startEdge({ redisUrl: redis.url, env: relaySettings });
});

afterEach(async () => {
  await Promise.all([stalled.stop(), other.stop()]);
  await network.close();
  await redis.stop();
});

test(
  'a Register that was refused while the link to Redis stalled takes the device from nobody when it arrives at last',
  async () => {
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
  },
  faultBoundMs,
);
