import { expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { freshHardwareId, type TestDevice } from '@openrelay/testing';
import { exchange, metricOf, registeredDevice, sendAndAwaitAck } from '../../src';
import { replaceMessage } from '../../src/devices/mailbox-commands';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 1 });

const farOff = Buffer.alloc(8, 1).fill(0, 0, 1); // as an expiry
const damaged: { what: string; envelope: Uint8Array }[] = [
  { what: 'no envelope', envelope: Buffer.from('x') },
  { what: 'an array of other things', envelope: Buffer.from([0x97, 0xcf, ...farOff, 1, 2, 3, 4, 5, 6]) },
];

/** In place of what the queue holds at a number. */
async function damage(hardwareId: string, seq: number, envelope: Uint8Array): Promise<void> {
  await askRedis(cluster.redis.url, replaceMessage(hardwareId, seq, envelope));
}

async function expectHanded(device: TestDevice, ids: string[]): Promise<void> {
  for (const id of ids) expect((await device.next('Receive')).payload.message_id).toBe(id);
}

test.each(damaged)('a queue that holds $what is delivered but for that, which is counted and told', async (one) => {
  const edge = cluster.edge(0);
  const sender = await registeredDevice(edge);
  const hardwareId = freshHardwareId();
  const ids: string[] = [];
  for (let i = 0; i < 3; i += 1) ids.push((await sendAndAwaitAck(sender, hardwareId)).sent.message_id);
  await damage(hardwareId, 2, one.envelope);
  const before = await unreadable();
  const recipient = await registeredDevice(edge, { hardwareId, acks: true });
  await expectHanded(recipient, [ids[0]!, ids[2]!]);
  await exchange(sender, recipient); // what comes behind it is live
  expect(await unreadable()).toBe(before + 1);
  expect(edge.output()).toContain('a message in a queue could not be read');
});

function unreadable(): Promise<number> {
  return metricOf(cluster.edge(0), 'messages_unreadable_total');
}
