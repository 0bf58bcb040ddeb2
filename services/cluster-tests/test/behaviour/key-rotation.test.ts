import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import type { TestDevice } from '@openrelay/testing';
import { collect, connectDevice, errorOf, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { earliestOf } from '../../src/devices/mailbox-commands';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

/** 2^60: no JavaScript number holds it together with its neighbours. */
const keyId = '1152921504606846976';
const largestKeyId = '18446744073709551615';

const messages = [
  { type: 'KeyRotationUpdate', rest: `"encrypted_key_package":"a\\u002Bb","key_id":${keyId}` },
  { type: 'KeyRotationUpdate', rest: `"encrypted_key_package":"YQ==","key_id":${largestKeyId}` },
  { type: 'KeyRotationAck', rest: `"key_id":${keyId},"success":true` },
];

async function redisTimeMs(): Promise<number> {
  const reply = await askRedis(cluster.redis.url, [
    'EVAL',
    "local t = redis.call('TIME') return t[1] .. '.' .. t[2]",
    '0',
  ]);
  const [seconds, microseconds] = reply.split('.').map(Number);
  return seconds! * 1000 + Math.floor(microseconds! / 1000);
}

function payloadOf(sender: TestDevice, recipient: TestDevice, rest: string): string {
  return `{"recipient_id":"${recipient.hardwareId}", "hardware_id":"${sender.hardwareId}",${rest},"new":{}}`;
}

describe.each(placements)('$where', ({ from, to }) => {
  test.each(messages)('a live $type arrives byte for byte, its recipient_id kept: $rest', async ({ type, rest }) => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await registeredDevice(cluster.edge(to));
    const payload = payloadOf(sender, recipient, rest);
    sender.sendText(`{"type":"${type}","payload":${payload}}`);
    expect((await recipient.next(type)).text).toContain(payload);
    await exchange(sender, recipient); // a refusal would have come before its Ack
    expect(sender.frames.map((frame) => frame.type)).toEqual(['RegisterResponse', 'Ack']);
  });

  test.each(messages)(
    '$type to an absent recipient is queued, answered 202 and delivered later: $rest',
    async ({ type, rest }) => {
      const sender = await registeredDevice(cluster.edge(from));
      const recipient = await connectDevice(cluster.edge(to));
      const payload = payloadOf(sender, recipient, rest);
      sender.sendText(`{"type":"${type}","payload":${payload}}`);
      expect(await errorOf(sender)).toMatchObject({ code: 202 });
      await recipient.register();
      expect((await recipient.next(type)).text).toContain(payload);
    },
  );

  test.each(messages)('a queued $type waits 300 s: $rest', async ({ type, rest }) => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const beforeMs = await redisTimeMs();
    sender.sendText(`{"type":"${type}","payload":${payloadOf(sender, recipient, rest)}}`);
    await errorOf(sender);
    const expiresAtMs = Number(await askRedis(cluster.redis.url, earliestOf(recipient.hardwareId)));
    expect(expiresAtMs).toBeGreaterThanOrEqual(beforeMs + 300_000);
    expect(expiresAtMs).toBeLessThanOrEqual((await redisTimeMs()) + 300_000);
  });

  test('key rotation and messages keep the order in which they were sent, live and queued', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const recipient = await connectDevice(cluster.edge(to));
    const sendBoth = () => {
      sender.sendMessage(recipient.hardwareId);
      sender.sendText(`{"type":"KeyRotationUpdate","payload":${payloadOf(sender, recipient, messages[0]!.rest)}}`);
      sender.sendMessage(recipient.hardwareId);
    };
    sendBoth();
    sendBoth();
    await collect(sender, 'Ack', 4);
    await recipient.register();
    sendBoth();
    await collect(recipient, 'Receive', 6);
    await collect(recipient, 'KeyRotationUpdate', 3);
    const inTurn = ['Receive', 'KeyRotationUpdate', 'Receive'];
    expect(recipient.frames.slice(1).map(({ type }) => type)).toEqual([...inTurn, ...inTurn, ...inTurn]);
  });
});

test('several key rotations in a row all arrive, though they have no message id', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const recipient = await registeredDevice(cluster.edge(1));
  for (let key = 0; key < 5; key += 1) {
    const payload = { recipient_id: recipient.hardwareId, hardware_id: sender.hardwareId, key_id: key, success: true };
    sender.sendFrame({ type: 'KeyRotationAck', payload });
  }
  const frames = await collect(recipient, 'KeyRotationAck', 5);
  expect(frames.map(({ payload }) => payload.key_id)).toEqual([0, 1, 2, 3, 4]);
  await sendAndAwaitAck(sender, recipient.hardwareId);
});
