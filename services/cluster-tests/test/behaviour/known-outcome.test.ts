import { afterEach, expect, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
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
function inAnotherShard({ hardwareId }: TestDevice): string {
  const shardOfId = (id: string) => shardOf(deviceKeyOf(id), shards);
  const ids = Array.from({ length: 100 }, freshHardwareId);
  return ids.find((id) => shardOfId(id) !== shardOfId(hardwareId))!;
}

test('that nothing was stored is said only where it is known', async () => {
  const device = await registeredDevice(cluster.edge(0));
  const rotating = await registeredDevice(cluster.edge(0), { hardwareId: inAnotherShard(device) });
  process.kill(cluster.redis.pid, 'SIGSTOP');
  const asked = device.sendMessage(device.hardwareId);
  rotateKey(rotating);
  expect(await errorOf(device)).toMatchObject({
    code: 503,
    message_id: asked.message_id,
    message: expect.stringMatching(/did not say whether this was stored: send it again under the same message_id/),
  });
  expect(await errorOf(rotating)).toMatchObject({ code: 503, message: expect.stringMatching(/may come twice/) });
  await eventually(async () => expect(await readiness()).toBe(503));

  const notAsked = device.sendMessage(device.hardwareId);
  expect(await errorOf(device)).toMatchObject({
    code: 503,
    message_id: notAsked.message_id,
    message: expect.stringContaining('nothing was stored'),
  });
});
