import { expect, test } from '@jest/globals';
import { eventually, type TestDevice } from '@openrelay/testing';
import { collect, exchange, registeredDevice } from '../../src';
import { depthOf, giveTo, mailboxKeyOf } from '../../src/devices/mailbox-commands';
import { patienceMs } from '../../src/fleet';
import { useLoneEdge } from './use-lone-edge';

/** More than a connection remembers of what it saw acked. */
const messages = 1500;

const lone = useLoneEdge();

/** A device that was handed messages, and its keys in Redis. */
async function recipientOf(count: number) {
  const sender = await registeredDevice(lone.edge);
  const recipient = await registeredDevice(lone.edge, { acks: true });
  for (let i = 0; i < count; i += 1) sender.sendMessage(recipient.hardwareId);
  const received = await collect(recipient, 'Receive', count);
  const ackAll = () => {
    for (const { payload } of received) recipient.ack(payload.message_id as string);
  };
  return { recipient, ackAll, hardwareId: recipient.hardwareId };
}

async function expectEmptied(recipient: TestDevice): Promise<void> {
  await eventually(async () => expect(Number(await lone.ask(...depthOf(recipient.hardwareId)))).toBe(0), {
    timeoutMs: patienceMs,
  });
  await exchange(recipient, recipient);
}

test('what was acked while nobody held the device comes once all the same, and leaves the queue', async () => {
  const { recipient, ackAll, hardwareId } = await recipientOf(messages);
  // As a publish does that finds nobody, when the edge's subscription was just closed.
  await lone.ask(...giveTo(hardwareId, '', ''));
  ackAll();
  await expectEmptied(recipient);
});

test('acks that Redis answered with an error are sent again on the connection', async () => {
  const { recipient, ackAll, hardwareId } = await recipientOf(100);
  const mailboxKey = mailboxKeyOf(hardwareId);
  await lone.ask('RENAME', mailboxKey, `${mailboxKey}:aside`);
  await lone.ask('SET', mailboxKey, 'no mailbox');
  const errors = async () =>
    Number(/errorstat_WRONGTYPE:count=(\d+)/.exec(await lone.ask('INFO', 'errorstats'))?.[1] ?? 0);
  ackAll();
  await eventually(async () => expect(await errors()).toBeGreaterThan(0));
  await lone.ask('RENAME', `${mailboxKey}:aside`, mailboxKey);
  await expectEmptied(recipient);
});
