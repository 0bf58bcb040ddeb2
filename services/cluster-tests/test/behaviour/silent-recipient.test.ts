/** What becomes of messages that nobody acks. All devices wait out their ten seconds together, before the first test. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, type TestDevice, until } from '@openrelay/testing';
import { collect, connectDevice, type DeviceOptions, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });

const implicitAckMs = 10_000;
/** The edge looks once a second, and once more to see that the socket took everything. */
const latestReceiptMs = 13_000;

const scenarios = placements.map(({ where, from, to }) => {
  const devices = new Map<string, TestDevice>();
  let lastArrivalMs = 0;

  /** A device that was handed two messages; the test says what it does about them. */
  async function prepare(name: string, options: DeviceOptions, then: (device: TestDevice, ids: string[]) => unknown) {
    const sender = await registeredDevice(cluster.edge(from));
    const device = await registeredDevice(cluster.edge(to), options);
    for (let sent = 0; sent < 2; sent += 1) await sendAndAwaitAck(sender, device.hardwareId);
    const received = await collect(device, 'Receive', 2);
    lastArrivalMs = Math.max(lastArrivalMs, ...received.map(({ arrivedAtMs }) => arrivedAtMs));
    await then(
      device,
      received.map(({ payload }) => String(payload.message_id)),
    );
    devices.set(name, device);
  }

  return {
    where,
    prepareAll: () =>
      Promise.all([
        prepare('silent', {}, () => undefined),
        prepare('promising', { acks: true }, () => undefined),
        prepare('acking', {}, (device, [first]) => device.ack(first!)),
        prepare('rotating', { acks: true }, async (device, ids) => {
          for (const id of ids) device.ack(id);
          const sender = await registeredDevice(cluster.edge(from));
          const payload = { recipient_id: device.hardwareId, hardware_id: sender.hardwareId, key_id: 7, success: true };
          sender.sendFrame({ type: 'KeyRotationAck', payload });
          lastArrivalMs = Math.max(lastArrivalMs, (await device.next('KeyRotationAck')).arrivedAtMs);
        }),
        prepare('gone', {}, (device) => device.close()),
      ]),
    /** On another connection, since this is what a device sees of it. */
    receivedAgain: async (name: string) => {
      const { hardwareId } = devices.get(name)!;
      const again = await connectDevice(cluster.edge(from));
      const { limits } = (await again.register(hardwareId, { acks: true })).payload;
      await collect(again, 'Receive', (limits as { queued: number }).queued);
      return again.frames.filter(({ type }) => type === 'Receive').length;
    },
    untilAfter: (ms: number) => until(lastArrivalMs + ms, () => performance.now()),
    lastArrivalMs: () => lastArrivalMs,
    device: (name: string) => devices.get(name)!,
  };
});

beforeAll(() => Promise.all(scenarios.map(({ prepareAll }) => prepareAll())));

describe.each(scenarios)('$where', ({ untilAfter, receivedAgain, device, lastArrivalMs }) => {
  test('a device that never acks has received its messages ten seconds after they were written, and not before', async () => {
    const silent = device('silent');
    await eventually(
      async () => {
        const { limits } = (await silent.register()).payload;
        expect(limits).toMatchObject({ queued: 0 });
      },
      { timeoutMs: latestReceiptMs + 2000, intervalMs: 250 },
    );
    expect(performance.now() - lastArrivalMs()).toBeGreaterThan(implicitAckMs - 500);
    expect(await receivedAgain('silent')).toBe(0);
  });

  test('a device that promised acks has received nothing before it acks', async () => {
    await untilAfter(latestReceiptMs);
    expect(await receivedAgain('promising')).toBe(2);
  });

  test('a device that acked one message has received that one only', async () => {
    await untilAfter(latestReceiptMs);
    expect(await receivedAgain('acking')).toBe(1);
  });

  test('what has no id to ack by is received likewise, whatever the device promised', async () => {
    await untilAfter(latestReceiptMs);
    const again = await connectDevice(cluster.edge(0));
    expect((await again.register(device('rotating').hardwareId)).payload.limits).toMatchObject({ queued: 0 });
  });

  test('a device that never acks and left before the ten seconds were over has received nothing', async () => {
    await untilAfter(latestReceiptMs);
    expect(await receivedAgain('gone')).toBe(2);
  });
});
