import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { shardOf } from '@openrelay/state';
import { eventually, type TestDevice } from '@openrelay/testing';
import { metricOf, registeredDevice, scriptCallsOf, untilProbed } from '../../src';
import { useLoneEdge } from './use-lone-edge';

// Redis is there, and one call for one device fails: a part of the device's key has another type for a moment.

const lone = useLoneEdge();
let device: TestDevice;
let key: string;

beforeEach(async () => {
  device = await registeredDevice(lone.edge, { acks: true });
  const id = deviceKeyOf(device.hardwareId);
  key = `or:{${shardOf(id, 16)}}:box:${id}`;
});

afterEach(() => device.terminate());

const ask = (...command: string[]) => lone.ask(...command);

/** What happens meanwhile fails in Redis, at least this often. */
async function whileBroken(failures: number, happen: () => void): Promise<void> {
  await ask('RENAME', key, `${key}:aside`);
  await ask('SET', key, 'not a device');
  happen();
  await eventually(
    async () => {
      const count = /errorstat_WRONGTYPE:count=(\d+)/.exec(await ask('INFO', 'errorstats'))?.[1];
      expect(Number(count ?? 0)).toBeGreaterThanOrEqual(failures);
    },
    { timeoutMs: 30_000 },
  );
  await ask('RENAME', `${key}:aside`, key);
}

function say(status: string): void {
  device.sendFrame({ type: 'Status', payload: { hardware_id: device.hardwareId, status } });
}

/** Whether messages are sent to the device's connection; '' when nothing is known of the device. */
async function holder(): Promise<'' | 'online' | 'offline'> {
  if ((await ask('EXISTS', key)) === '0') return '';
  // What a mailbox says of its device ends with its node, which is empty while it is offline, and its session (KEYS.md).
  return /[!-~]+\0[!-~]+\0$/.test(await ask('HGET', key, 'd')) ? 'online' : 'offline';
}

test('a device that says Offline is offline in Redis, though the call and its repetitions failed', async () => {
  expect(await holder()).toBe('online');
  await whileBroken(3, () => say('Offline'));
  await eventually(async () => expect(await holder()).toBe('offline'));
  // And it is asked about no more.
  const calls = () => scriptCallsOf(lone.edge, 'device_check');
  const before = await calls();
  expect(before).toBeGreaterThan(0);
  await untilProbed(lone.edge, 3);
  expect(await calls()).toBe(before);
});

test('a device that leaves is held by nobody, though the call and its repetitions failed', async () => {
  await whileBroken(3, () => device.terminate());
  await eventually(async () => expect(await holder()).toBe(''));
});

test('a device that leaves while Redis is away is held by nobody when Redis is back', async () => {
  lone.redis.kill('SIGSTOP');
  device.terminate();
  await eventually(async () => expect(await metricOf(lone.edge, 'redis_available')).toBe(0));
  lone.redis.kill('SIGCONT');
  await eventually(async () => expect(await holder()).toBe(''));
});
