import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { eventually, type TestDevice } from '@openrelay/testing';
import {
  acknowledged,
  collect,
  connectDevice,
  exchange,
  placements,
  registeredDevice,
  sendAndAwaitAck,
} from '../../src';
import { keepUntil, mailboxKeyOf, nodeOf, sessionOf } from '../../src/devices/mailbox-commands';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

function say(device: TestDevice, ...words: string[]): void {
  for (const word of words) {
    const payload = { hardware_id: device.hardwareId };
    if (word === 'Register') device.sendFrame({ type: 'Register', payload });
    else device.sendFrame({ type: 'Status', payload: { ...payload, status: word } });
  }
}

/** A node whose channels were closed may have missed something, and asks after all of its devices. */
async function haveAllChecked(): Promise<void> {
  await askRedis(cluster.redis.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
}

/** Whether Redis takes the device to be there. */
async function isOnline(hardwareId: string): Promise<boolean> {
  return (await askRedis(cluster.redis.url, nodeOf(hardwareId))) !== '';
}

async function countAnswers(device: TestDevice): Promise<number> {
  device.sendFrame({ type: 'Ping' });
  await device.next('Pong');
  return device.frames.filter(({ type }) => type === 'RegisterResponse').length;
}

describe('each Register is answered, whatever Status follows at once', () => {
  test.each([
    { words: ['Register', 'Offline'], ends: 'offline' },
    { words: ['Register', 'Offline', 'Register', 'Offline'], ends: 'offline' },
    { words: ['Register', 'Offline', 'Online'], ends: 'online' },
    { words: ['Register', 'Register', 'Offline', 'Register', 'Away'], ends: 'online' },
    { words: ['Register', 'Offline', 'Register', 'Online', 'Offline'], ends: 'offline' },
  ])('$words', async ({ words, ends }) => {
    const device = await connectDevice(cluster.edge(0));
    say(device, ...words);
    const asked = words.filter((word) => word === 'Register').length;
    await eventually(async () => expect(await countAnswers(device)).toBe(asked));
    await eventually(async () => {
      expect(await isOnline(device.hardwareId)).toBe(ends === 'online');
    });
    if (ends === 'online') await exchange(await registeredDevice(cluster.edge(1)), device);
  });

  test('on a connection that was registered before', async () => {
    const device = await registeredDevice(cluster.edge(0));
    say(device, 'Offline', 'Register', 'Online', 'Offline', 'Register');
    await eventually(async () => expect(await countAnswers(device)).toBe(3));
    await exchange(await registeredDevice(cluster.edge(1)), device);
  });
});

describe.each(placements)('$where', ({ from, to }) => {
  test('a connection that is Offline is closed with 4001 by a newer one', async () => {
    const older = await registeredDevice(cluster.edge(from));
    say(older, 'Offline');
    await eventually(async () => expect(await isOnline(older.hardwareId)).toBe(false));
    const newer = await registeredDevice(cluster.edge(to), { hardwareId: older.hardwareId });
    expect((await older.closed).code).toBe(4001);
    await exchange(await registeredDevice(cluster.edge(from)), newer);
  });

  test('what came while Offline is handed over whole when the queue has begun to count anew meanwhile', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const device = await registeredDevice(cluster.edge(to), { acks: true });
    for (let i = 0; i < 3; i += 1) {
      const { sent } = await sendAndAwaitAck(sender, device.hardwareId);
      await device.next('Receive');
      await acknowledged(device, sent.message_id as string);
    }
    say(device, 'Offline');
    await eventually(async () => expect(await isOnline(device.hardwareId)).toBe(false));
    await askRedis(cluster.redis.url, ['DEL', mailboxKeyOf(device.hardwareId)]); // as when its lifetime has ended

    const ids: unknown[] = [];
    for (let i = 0; i < 5; i += 1) ids.push((await sendAndAwaitAck(sender, device.hardwareId)).sent.message_id);
    say(device, 'Online');
    const received = await collect(device, 'Receive', 5);
    expect(received.map(({ payload }) => payload.message_id)).toEqual(ids);
  });

  test('an ack that crosses Offline and Online is not lost, and nothing is handed over twice', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const device = await registeredDevice(cluster.edge(to), { acks: true });
    const { sent } = await sendAndAwaitAck(sender, device.hardwareId);
    const kept = await sendAndAwaitAck(sender, device.hardwareId);
    await collect(device, 'Receive', 2);
    device.ack(sent.message_id);
    say(device, 'Offline', 'Online');
    const { sent: last } = await sendAndAwaitAck(sender, device.hardwareId);
    expect((await device.next('Receive')).payload).toEqual(last);

    const next = await registeredDevice(cluster.edge(from), { hardwareId: device.hardwareId, acks: true });
    const again = await collect(next, 'Receive', 2);
    expect(again.map(({ payload }) => payload.message_id)).toEqual([kept.sent.message_id, last.message_id]);
    expect(device.frames.filter(({ type }) => type === 'Receive')).toHaveLength(3);
  });
});

describe('a device that stays Offline for longer than its lease', () => {
  test('is still known, so that a newer connection closes it', async () => {
    const older = await registeredDevice(cluster.edge(0));
    say(older, 'Offline');
    await eventually(async () => expect(await isOnline(older.hardwareId)).toBe(false));
    // As when the lease has nearly ended: the checks renew it.
    const leftMs = 60_000;
    const key = mailboxKeyOf(older.hardwareId);
    await askRedis(cluster.redis.url, keepUntil(older.hardwareId, Date.now() + leftMs));
    await haveAllChecked();
    await eventually(
      async () => expect(Number(await askRedis(cluster.redis.url, ['PTTL', key]))).toBeGreaterThan(leftMs),
      { timeoutMs: 30_000 },
    );
    expect(await isOnline(older.hardwareId)).toBe(false);
  });

  test('is made known again when Redis has forgotten it', async () => {
    const older = await registeredDevice(cluster.edge(0));
    say(older, 'Offline');
    await eventually(async () => expect(await isOnline(older.hardwareId)).toBe(false));
    await askRedis(cluster.redis.url, ['DEL', mailboxKeyOf(older.hardwareId)]);
    await haveAllChecked();
    await eventually(async () => expect(await askRedis(cluster.redis.url, sessionOf(older.hardwareId))).not.toBe(''));
    expect(await isOnline(older.hardwareId)).toBe(false);
    await registeredDevice(cluster.edge(1), { hardwareId: older.hardwareId });
    expect((await older.closed).code).toBe(4001);
  });
});
