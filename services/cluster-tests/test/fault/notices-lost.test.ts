import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { eventually, freshHardwareId, type TestDevice } from '@openrelay/testing';
import {
  errorOf,
  metricOf,
  registeredDevice,
  scriptCallsOf,
  sendAndAwaitAck,
  untilProbed,
  untilReady,
} from '../../src';
import { FaultCluster } from './fault-cluster';

// Between the first edge and Redis single messages are lost, and nobody is told. The first edge has many devices that are idle.

const idleDevices = 1000;
/** The relay promises 5 s, where nothing stalls; without the repair it would take half an hour. */
const repairedWithinMs = 20_000;

let cluster: FaultCluster;
let idle: TestDevice[];

beforeAll(async () => {
  cluster = await FaultCluster.start();
  idle = [];
  while (idle.length < idleDevices) {
    // On a machine that stalls some are refused.
    const some = Array.from({ length: 50 }, () => eventually(() => registeredDevice(cluster.edges[0], { acks: true })));
    idle.push(...(await Promise.all(some)));
  }
});

afterAll(async () => {
  for (const device of idle) device.terminate();
  await cluster.stop();
});

/** How often the first edge has asked for devices so far, whether they still hold and by registering them. */
async function asked(): Promise<{ calls: number; registrations: number; found: number }> {
  const [edge] = cluster.edges;
  const calls = await scriptCallsOf(edge, 'device_check');
  const registrations = await metricOf(edge, 'registrations_total');
  return { calls, registrations, found: await metricOf(edge, 'notices_missed_total') };
}

/** The next message on the first edge's channels that has this in it is lost. */
function loseNext(text: string): { isLost: () => boolean } {
  let lost = false;
  cluster.network.loseNotices((notice) => {
    const loses = !lost && notice.includes(text);
    lost ||= loses;
    return loses;
  });
  return { isLost: () => lost };
}

function pair(): Promise<[recipient: TestDevice, sender: TestDevice]> {
  return Promise.all([
    registeredDevice(cluster.edges[0], { acks: true }),
    registeredDevice(cluster.edges[1], { acks: true }),
  ]);
}

async function within(ms: number, happens: () => Promise<unknown>): Promise<void> {
  const fromMs = performance.now();
  await happens();
  expect(performance.now() - fromMs).toBeLessThan(ms);
}

test('idle devices are asked about by nobody', async () => {
  const before = await asked();
  await untilProbed(cluster.edges[0], 6);
  expect(await asked()).toEqual(before);
});

describe('a notice that gets lost, and with it the only word of', () => {
  test.each([
    { what: 'a message', bytes: 100 },
    { what: 'a message too large to publish', bytes: 100_000 },
  ])('$what, is soon made up for', async ({ bytes }) => {
    const [recipient, sender] = await pair();
    const before = await asked();
    const lost = loseNext(deviceKeyOf(recipient.hardwareId));
    const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId, { encrypted_data: 'x'.repeat(bytes) });
    await within(repairedWithinMs, async () => {
      expect((await recipient.next('Receive', { timeoutMs: repairedWithinMs })).payload.message_id).toBe(
        sent.message_id,
      );
    });
    expect(lost.isLost()).toBe(true);
    const after = await asked();
    expect(after.registrations).toBe(before.registrations);
    expect(after.found).toBe(before.found + 1);
  });

  test('a takeover by another node, is soon made up for', async () => {
    const [older] = await pair();
    const lost = loseNext('replaced');
    const newer = await registeredDevice(cluster.edges[1], { hardwareId: older.hardwareId, acks: true });
    await within(repairedWithinMs, async () => expect((await older.closed).code).toBe(4001));
    expect(lost.isLost()).toBe(true);
    newer.terminate();
  });

  test('a live-only message or of what became of it, is answered 503, and the same id once more with what is true', async () => {
    const [ofFirst, ofSecond] = await pair();
    const once = async (sender: TestDevice, recipient: TestDevice, text: string) => {
      const lost = loseNext(text);
      const { message_id: id } = sender.sendMessage(recipient.hardwareId, { ttl: 0 });
      expect(await errorOf(sender)).toMatchObject({ code: 503, message_id: id });
      expect(lost.isLost()).toBe(true);
      await eventually(async () => {
        const { answer } = await sendAndAwaitAck(sender, recipient.hardwareId, { ttl: 0, message_id: id });
        expect(answer.status).toBe('delivered');
      });
      expect((await recipient.next('Receive')).payload.message_id).toBe(id);
    };
    await once(ofSecond, ofFirst, 'live');
    await once(ofFirst, ofSecond, 'answered');
  });

  test('a message, while the probe that would tell it gets lost too, is soon made up for', async () => {
    const [recipient, sender] = await pair();
    const losses: string[] = [];
    cluster.network.loseNotices((notice) => {
      const [isProbe, isMessage] = [notice.includes('probe'), notice.includes(deviceKeyOf(recipient.hardwareId))];
      // The message, and the next probe: with one Redis all shards share a channel.
      const loses = (isMessage && losses.length === 0) || (isProbe && losses.length === 1);
      if (loses) losses.push(isProbe ? 'probe' : 'message');
      return loses;
    });
    await sendAndAwaitAck(sender, recipient.hardwareId);
    await within(repairedWithinMs, () => recipient.next('Receive', { timeoutMs: repairedWithinMs }));
    expect(losses[0]).toBe('message');
    cluster.network.heal();
  });
});

test('a Redis that is emptied while it lives, and says nothing, has soon all devices again', async () => {
  const hardwareId = freshHardwareId();
  const device = await registeredDevice(cluster.edges[0], { hardwareId, acks: true });
  const before = await asked();
  await cluster.ask('FLUSHALL');
  await within(repairedWithinMs, () =>
    eventually(
      async () => expect((await asked()).registrations).toBeGreaterThanOrEqual(before.registrations + idleDevices),
      { timeoutMs: repairedWithinMs },
    ),
  );
  const sender = await registeredDevice(cluster.edges[1]);
  expect((await sendAndAwaitAck(sender, hardwareId)).answer.status).toBe('delivered');
  await device.next('Receive');
  await Promise.all(cluster.edges.map(untilReady));
});
