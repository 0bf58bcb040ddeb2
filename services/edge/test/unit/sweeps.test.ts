import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { createMetrics } from '@openrelay/telemetry';
import { Sweeps } from '../../src/delivery/sweeps';

const [device, other] = ['a'.repeat(32), 'b'.repeat(32)].map(deviceKeyOf) as [
  ReturnType<typeof deviceKeyOf>,
  ReturnType<typeof deviceKeyOf>,
];
const expire = jest.fn<(shard: number, devices: string[]) => Promise<number>>();
let nowMs = 0;
const sweeps = () => new Sweeps({ queue: { expire }, metrics: createMetrics(), monotonicMs: () => nowMs });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  expire.mockReset();
});

test('all who find a queue stale share one sweep of it, and for a second after it there is none', async () => {
  expire.mockResolvedValue(3);
  const all = sweeps();
  const asked = [all.sweep(1, device), all.sweep(1, device), all.sweep(1, other)];
  expect(await Promise.all(asked)).toEqual([3, 0, 3]);
  expect(await all.sweep(1, device)).toBe(0);
  expect(expire).toHaveBeenCalledTimes(2);
  jest.advanceTimersByTime(1000);
  expect(await all.sweep(1, device)).toBe(3);
});

test('a sweep that failed is told to all who share it, and the next one is tried at once', async () => {
  expire.mockRejectedValueOnce(new Error('away'));
  expire.mockResolvedValue(2);
  const all = sweeps();
  const asked = await Promise.allSettled([all.sweep(1, device), all.sweep(1, device)]);
  expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await all.sweep(1, device)).toBe(2);
});

test('the longer a sweep took, the longer there is no other one', async () => {
  expire.mockImplementation(async () => {
    nowMs += 30;
    return 1;
  });
  const all = sweeps();
  await all.sweep(1, device);
  jest.advanceTimersByTime(2999);
  expect(await all.sweep(1, device)).toBe(0);
  jest.advanceTimersByTime(1);
  expect(await all.sweep(1, device)).toBe(1);
});
