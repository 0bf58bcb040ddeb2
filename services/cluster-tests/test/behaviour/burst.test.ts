import { expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { collect, registeredDevice } from '../../src';
import { useCluster } from './use-cluster';

// What reaches a device in one turn of the edge's event loop, as after a moment in which the edge stood still.

const kib = 1024;

const cluster = useCluster({ edges: 2, env: unlimited });

test('more than a mebibyte at once, for a device that reads fast, is all delivered', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await registeredDevice(cluster.edge(1), { acks: true });
  const sendSome = async (count: number, bytes: number) => {
    for (let i = 0; i < count; i += 1) {
      sender.sendMessage(recipient.hardwareId, { encrypted_data: 'A'.repeat(bytes), size_bytes: bytes });
    }
    await collect(sender, 'Ack', count);
  };
  const receive = async (count: number) => {
    for (const { payload } of await collect(recipient, 'Receive', count)) recipient.ack(String(payload.message_id));
  };
  // The kernel takes more at once from a socket that has carried much.
  for (let round = 0; round < 10; round += 1) {
    await sendSome(4, 512 * kib);
    await receive(4);
  }

  cluster.edge(1).kill('SIGSTOP');
  await sendSome(40, 45 * kib);
  cluster.edge(1).kill('SIGCONT');

  await receive(40);
  expect(recipient.isOpen).toBe(true);
});
