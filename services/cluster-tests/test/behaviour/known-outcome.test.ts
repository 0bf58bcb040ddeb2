import { afterEach, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { errorOf, registeredDevice, statusOf } from '../../src';
import { mailboxKeyOf } from '../../src/devices/mailbox-commands';
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

/** Where calls are for several, one that fails has stored what came before. Which messages share a call is the edge's affair. */
test('that nothing was stored is not said of what a call stored before it failed', async () => {
  await eventually(async () => expect(await readiness()).toBe(200));
  const device = await registeredDevice(cluster.edge(0));
  const broken = freshHardwareId();
  await askRedis(cluster.redis.url, ['SET', mailboxKeyOf(broken, shards), 'no mailbox']);
  const refusedAndStored = () => {
    const stored = device.frames.filter(({ type }) => type === 'Receive').map(({ payload }) => payload.message_id);
    return device.frames.filter(({ type, payload }) => type === 'Error' && stored.includes(payload.message_id));
  };
  await eventually(
    () => {
      for (const recipient of [device.hardwareId, broken, device.hardwareId, broken]) device.sendMessage(recipient);
      expect(refusedAndStored()).not.toEqual([]);
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  for (const { payload } of refusedAndStored()) {
    expect(payload).toMatchObject({ code: 503, message: expect.stringMatching(/did not say whether this was stored/) });
  }
});
