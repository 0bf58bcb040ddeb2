import { describe, expect, test } from '@jest/globals';
import { askRedis } from '@openrelay/launch';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import { connectDevice, errorOf, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { standingOf } from '../../src/devices/mailbox-commands';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });
const most = 30;

/** A key in the shard of a device. */
function keyOf(hardwareId: string, kind: string): string {
  return `or:{${shardOf(deviceKeyOf(hardwareId), 16)}}:${kind}`;
}

function ask(...command: string[]): Promise<string> {
  return askRedis(cluster.redis.url, command);
}

/** Binds the id to a key that nobody has. */
async function claim(hardwareId: string): Promise<void> {
  await ask('HSET', keyOf(hardwareId, `claim:${deviceKeyOf(hardwareId)}`), 'key', 'k'.repeat(32));
}

/** Asks to register, and waits for what comes of it. */
async function tryToRegister(edge: number, hardwareId: string) {
  const device = await connectDevice(cluster.edge(edge));
  device.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId } });
  const answer = await eventually(() => {
    const found = device.frames.find(({ type }) => type === 'RegisterResponse' || type === 'Error');
    if (!found) throw new Error('not answered yet');
    return found;
  });
  return { device, answer };
}

/** Registers the id as often as a minute allows, from new connections on both edges, and answers the last one. */
async function useUp(hardwareId: string): Promise<TestDevice> {
  for (let count = 1; count < most; count += 1) {
    const { device, answer } = await tryToRegister(count % 2, hardwareId);
    expect(answer.type).toBe('RegisterResponse');
    device.terminate();
  }
  return registeredDevice(cluster.edge(0), { hardwareId, acks: true });
}

describe.each(placements)('of an id that is bound to a key, $where,', ({ from, to }) => {
  test('a Register without proof is refused (401), and whoever holds the id goes on undisturbed', async () => {
    const [sender, holder] = [
      await registeredDevice(cluster.edge(1)),
      await registeredDevice(cluster.edge(from), { acks: true }),
    ];
    await claim(holder.hardwareId);
    const waiting = await sendAndAwaitAck(sender, holder.hardwareId);
    for (let attempt = 0; attempt < 2 * most; attempt += 1) {
      const { device, answer } = await tryToRegister(to, holder.hardwareId.toLowerCase());
      expect(answer).toMatchObject({ type: 'Error', payload: { code: 401 } });
      device.terminate();
    }
    const { device: stranger } = await tryToRegister(to, holder.hardwareId);
    await errorOf(stranger);
    expect((await holder.next('Receive')).payload).toEqual(waiting.sent);
    await exchange(sender, holder);
    await exchange(holder, sender);
    for (const { payload } of holder.frames.filter(({ type }) => type === 'Receive'))
      holder.ack(String(payload.message_id));
    const queueKey = keyOf(holder.hardwareId, `queue:${deviceKeyOf(holder.hardwareId)}`);
    await eventually(async () => expect(await ask('EXISTS', queueKey)).toBe('0'));
    expect(holder.isOpen).toBe(true);

    stranger.ack(waiting.sent.message_id);
    expect((await errorOf(stranger)).code).toBe(403);
    await stranger.register(freshHardwareId());
    expect(stranger.frames.filter(({ type }) => type === 'Receive')).toEqual([]);
    await exchange(sender, stranger);
  });
});

describe('more than 30 registrations of an id in a minute, over both edges,', () => {
  test('are refused (429) with the time to wait, and whoever holds the id stays', async () => {
    const holder = await useUp(freshHardwareId());
    for (const edge of [0, 1]) {
      const { answer } = await tryToRegister(edge, holder.hardwareId);
      expect(answer).toMatchObject({ type: 'Error', payload: { code: 429, retry_after_ms: expect.any(Number) } });
      expect(answer.payload.retry_after_ms).toBeGreaterThan(0);
      expect(answer.payload.retry_after_ms).toBeLessThanOrEqual(60_000);
    }
    await exchange(await registeredDevice(cluster.edge(1)), holder);
    expect(holder.isOpen).toBe(true);
  });

  test('leave a connection no larger and no more frames than it had before', async () => {
    const { hardwareId } = await useUp(freshHardwareId());
    const ping = '{"type":"Ping"}';
    const { device: large } = await tryToRegister(0, hardwareId);
    large.sendText(ping.padEnd(4097));
    expect((await large.closed).code).toBe(1013);
    const { device: many } = await tryToRegister(1, hardwareId);
    for (let pings = 0; pings < 40; pings += 1) many.sendText(ping);
    expect((await many.closed).code).toBe(4008);
  });

  test('do not keep the holder from registering again on its connection, or from being offline and online', async () => {
    const holder = await useUp(freshHardwareId());
    await holder.register();
    for (const status of ['Offline', 'Online', 'Away'] as const) {
      holder.sendFrame({ type: 'Status', payload: { hardware_id: holder.hardwareId, status } });
    }
    await exchange(await registeredDevice(cluster.edge(1)), holder);
  });

  test('happen when two fight for one id; nobody else feels it', async () => {
    const hardwareId = freshHardwareId();
    const bystanders = [await registeredDevice(cluster.edge(0)), await registeredDevice(cluster.edge(1))] as const;
    let [granted, refused] = [0, 0];
    const fight = async (edge: number) => {
      for (let attempt = 0; attempt < 60; attempt += 1) {
        const device = await connectDevice(cluster.edge(edge));
        // Who is taken over at once is closed before it is answered.
        const answered = Promise.race([device.next('Error').catch(() => undefined), device.closed]);
        const registered = device.register(hardwareId).catch(() => undefined);
        const outcome = await Promise.race([answered, registered]);
        if (outcome && 'type' in outcome && outcome.type === 'Error') {
          refused += 1;
          device.terminate();
        } else granted += 1;
      }
    };
    const fighting = Promise.all([fight(0), fight(1)]);
    for (let count = 0; count < 20; count += 1) await exchange(bystanders[count % 2]!, bystanders[1 - (count % 2)]!);
    await fighting;
    expect(granted + refused).toBe(120);
    expect(granted).toBeLessThanOrEqual(most);
    expect(granted).toBeGreaterThan(0);
  });
});

describe('a device that was connected for ten minutes altogether', () => {
  const isResident = async ({ hardwareId }: TestDevice) =>
    (await ask('ZSCORE', keyOf(hardwareId, 'residents'), deviceKeyOf(hardwareId))) !== '';

  /** As if it had been connected for so many seconds before. */
  async function credit(hardwareId: string, seconds: number): Promise<void> {
    const score = Math.floor(Date.now() / 1000) * 1024 + seconds;
    await ask('ZADD', keyOf(hardwareId, 'visitors'), String(score), deviceKeyOf(hardwareId));
  }

  test('is known while it is still connected', async () => {
    const hardwareId = freshHardwareId();
    await credit(hardwareId, 598);
    const device = await registeredDevice(cluster.edge(0), { hardwareId });
    expect(await isResident(device)).toBe(false);
    await eventually(async () => expect(await isResident(device)).toBe(true));
    expect(await ask(...standingOf(hardwareId))).toBe('2');
  });

  test('is known when it leaves', async () => {
    const [hardwareId, openedAtMs] = [freshHardwareId(), Date.now()];
    await credit(hardwareId, 599);
    const device = await registeredDevice(cluster.edge(1), { hardwareId });
    await eventually(() => expect(Date.now()).toBeGreaterThan(openedAtMs + 1500));
    await device.close();
    await eventually(async () => expect(await isResident(device)).toBe(true));
  });
});
