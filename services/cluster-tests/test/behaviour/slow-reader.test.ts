import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type RunningEdge, unlimited } from '@openrelay/launch';
import { eventually, type TestDevice, until } from '@openrelay/testing';
import { collect, errorOf, exchange, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2, env: unlimited });

const messageCount = 320;
const data = 'A'.repeat(64 * 1024);

function residentMib({ pid }: RunningEdge): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) / 1024;
}

/** One that received enough for the relay to hand it all that its socket takes. */
async function trustedDevice(edge: RunningEdge): Promise<TestDevice> {
  const device = await registeredDevice(edge, { acks: true });
  for (let sent = 0; sent < 17; sent += 1) {
    const { message_id } = device.sendMessage(device.hardwareId, { encrypted_data: data });
    await device.next('Receive');
    device.ack(message_id);
    await device.next('Ack');
  }
  return device;
}

async function sendTwentyMebibytes(sender: TestDevice, recipientId: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < messageCount) {
    for (let sent = 0; sent < 16; sent += 1) {
      ids.push(sender.sendMessage(recipientId, { encrypted_data: data }).message_id);
    }
    await collect(sender, 'Ack', 16);
  }
  return ids;
}

/** Reads on, and acks what comes, as a device does that was slow for a while. */
async function readAll(device: TestDevice): Promise<unknown[]> {
  device.resume();
  const ids: unknown[] = [];
  while (ids.length < messageCount) {
    const [frame] = await collect(device, 'Receive', 1);
    ids.push(frame!.payload.message_id);
    device.ack(String(frame!.payload.message_id));
  }
  return ids;
}

describe.each(placements)('$where, a device that stops reading', ({ from, to }) => {
  test('loses nothing of 20 MiB and gets it once and in order when it reads again', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const slow = await trustedDevice(cluster.edge(to));
    slow.pause();
    const sent = await sendTwentyMebibytes(sender, slow.hardwareId);
    expect(await readAll(slow)).toEqual(sent);
    await exchange(sender, slow);
  });

  test('is sent no Auth messages: their sender is told 503 until it reads again', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const slow = await trustedDevice(cluster.edge(to));
    slow.pause();
    const sent = await sendTwentyMebibytes(sender, slow.hardwareId);
    const payload = { recipient_id: slow.hardwareId, hardware_id: sender.hardwareId, trusted: true };
    sender.sendFrame({ type: 'AuthSuccess', payload });
    expect((await errorOf(sender)).code).toBe(503);
    const liveOnly = sender.sendMessage(slow.hardwareId, { ttl: 0 });
    expect(await errorOf(sender)).toMatchObject({ code: 503, message_id: liveOnly.message_id });

    expect(await readAll(slow)).toEqual(sent);
    await exchange(sender, slow);
    expect(slow.frames.filter(({ type }) => type === 'AuthSuccess')).toEqual([]);
    await eventually(async () => {
      sender.sendFrame({ type: 'AuthSuccess', payload });
      await slow.next('AuthSuccess', { timeoutMs: 200 });
    });
  });

  test('is not said to have been given what waits in its queue', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const slow = await trustedDevice(cluster.edge(to));
    slow.pause();
    await sendTwentyMebibytes(sender, slow.hardwareId);
    expect((await sendAndAwaitAck(sender, slow.hardwareId)).answer.status).toBe('queued');
    const payload = { recipient_id: slow.hardwareId, hardware_id: sender.hardwareId, key_id: 1, success: true };
    sender.sendFrame({ type: 'KeyRotationAck', payload });
    const error = await errorOf(sender);
    expect(error.code).toBe(202);
    expect(error.message).not.toContain('offline'); // it is only slow
    slow.terminate();
  });

  test('gets all of it on a new connection, as after a lost network', async () => {
    const sender = await registeredDevice(cluster.edge(from));
    const stuck = await registeredDevice(cluster.edge(to), { acks: true });
    stuck.pause();
    const sent = await sendTwentyMebibytes(sender, stuck.hardwareId);
    const fresh = await registeredDevice(cluster.edge(from), { hardwareId: stuck.hardwareId, acks: true });
    expect(await readAll(fresh)).toEqual(sent);
    stuck.terminate();
    await exchange(sender, fresh);
  });

  test('slows down no other device, and is nobody’s memory', async () => {
    const edge = cluster.edge(to);
    const sender = await registeredDevice(cluster.edge(from));
    const slow = await Promise.all([1, 2, 3, 4, 5].map(() => registeredDevice(edge, { acks: true })));
    const fast = await registeredDevice(edge, { acks: true });
    // Whatever passes an edge makes its heap grow once; only what stays is looked at.
    await sendTwentyMebibytes(sender, fast.hardwareId);
    await readAll(fast);
    for (const device of slow) device.pause();
    const beforeMib = residentMib(edge);
    for (const { hardwareId } of slow) {
      const sending = sendTwentyMebibytes(await registeredDevice(cluster.edge(from)), hardwareId);
      for (let round = 0; round < 10; round += 1) {
        const { sent } = await sendAndAwaitAck(sender, fast.hardwareId);
        expect((await fast.next('Receive')).payload).toEqual(sent);
      }
      await sending;
    }
    // 100 MiB are owed to devices that do not read; they must lie in Redis.
    expect(residentMib(edge) - beforeMib).toBeLessThan(60);
    for (const device of slow) {
      device.resume();
      device.terminate();
    }
  });
});

test('a device that reads nothing from the start is soon known for one', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const slow = await registeredDevice(cluster.edge(1), { acks: true });
  slow.pause();
  await sendTwentyMebibytes(sender, slow.hardwareId);
  await eventually(async () => {
    expect((await sendAndAwaitAck(sender, slow.hardwareId)).answer.status).toBe('queued');
    sender.sendMessage(slow.hardwareId, { ttl: 0 });
    expect((await errorOf(sender)).code).toBe(503);
  });
  slow.resume();
  slow.terminate();
});

test('what waits for a slow reader longer than it lives never arrives', async () => {
  const sender = await registeredDevice(cluster.edge(0));
  const slow = await trustedDevice(cluster.edge(1));
  slow.pause();
  await sendTwentyMebibytes(sender, slow.hardwareId);
  const { answer } = await sendAndAwaitAck(sender, slow.hardwareId, { ttl: 1 });
  await until(Number(answer.expires_at) + 100);
  const last = await sendAndAwaitAck(sender, slow.hardwareId);
  slow.resume();
  const received = await collect(slow, 'Receive', messageCount + 1);
  expect(received.at(-1)!.payload).toEqual(last.sent);
  await exchange(sender, slow);
});
