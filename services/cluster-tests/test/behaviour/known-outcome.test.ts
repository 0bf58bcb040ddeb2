import { afterEach, expect, test } from '@jest/globals';
import { eventually, type TestDevice } from '@openrelay/testing';
import { errorOf, registeredDevice, statusOf } from '../../src';
import { useCluster } from './use-cluster';

const shards = 16;
/** Without limits a message is at Redis to be stored at once. */
const cluster = useCluster({
  edges: 1,
  env: { RELAY_REQUESTS_PER_MINUTE: '0', RELAY_POINTS_PER_MINUTE: '0', RELAY_SHARDS: String(shards) },
});

afterEach(() => void process.kill(cluster.redis.pid, 'SIGCONT'));

const readiness = () => statusOf(cluster.edge(0), '/ready');

function rotateKey(device: TestDevice): void {
  const ids = { hardware_id: device.hardwareId, recipient_id: device.hardwareId };
  device.sendFrame({ type: 'KeyRotationAck', payload: { ...ids, key_id: 1, success: true } });
}

/** What is asked for one shard waits for nothing that was asked for another. */
test('that nothing was stored is said only where it is known', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const rotating = await registeredDevice(cluster.edge(0));
  process.kill(cluster.redis.pid, 'SIGSTOP');
  rotateKey(rotating);
  expect(await errorOf(rotating)).toMatchObject({ code: 503, message: expect.stringMatching(/may come twice/) });
  process.kill(cluster.redis.pid, 'SIGCONT');
  await eventually(async () => expect(await readiness()).toBe(200));

  process.kill(cluster.redis.pid, 'SIGSTOP');
  const asked = device.sendMessage(device.hardwareId);
  expect(await errorOf(device)).toMatchObject({
    code: 503,
    message_id: asked.message_id,
    message: expect.stringMatching(/did not say whether this was stored: send it again under the same message_id/),
  });
  await eventually(async () => expect(await readiness()).toBe(503));

  const notAsked = device.sendMessage(device.hardwareId);
  expect(await errorOf(device)).toMatchObject({
    code: 503,
    message_id: notAsked.message_id,
    message: expect.stringContaining('nothing was stored'),
  });
});
