import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { eventually } from '@openrelay/testing';
import { type Allowance, type Charged, Limiter } from '../../src/index';
import { freshDevice, freshShard, useStateRig } from './state-rig';

const rig = useStateRig();
const usual = { requestsPerMinute: 60, pointsPerMinute: 512 };
const passed = { status: 'passed' };

function limiterOf(allowance: Partial<Allowance> = {}): Limiter {
  return new Limiter(rig.link, { ...usual, ...allowance });
}

function charges(shard: number, device: DeviceKey, points: number[]) {
  return points.map((each) => ({ shard, device, points: each }));
}

function chargeOne(limiter: Limiter, shard: number, device: DeviceKey, points = 1): Promise<Charged> {
  return limiter.charge(shard, charges(shard, device, [points])).then(([charged]) => charged!);
}

/** The counter of a device: its requests times 2^32, and its points. */
async function usedOf(shard: number, device: DeviceKey): Promise<{ requests: number; points: number }> {
  const used = Number(await rig.redis.get(rig.key(shard, 'used', device)));
  return { requests: Math.floor(used / 2 ** 32), points: used % 2 ** 32 };
}

describe('the limits of a minute', () => {
  test('let 60 requests pass and refuse the next, each in a call of its own', async () => {
    const [limiter, shard, device] = [limiterOf(), freshShard(), freshDevice()];
    for (let i = 0; i < 60; i += 1) expect(await chargeOne(limiter, shard, device)).toEqual(passed);
    expect(await chargeOne(limiter, shard, device)).toMatchObject({ status: 'refused', limit: 'requests' });
  });

  test('let 60 requests pass and refuse the next in one batch', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const charged = await limiterOf().charge(shard, charges(shard, device, Array(62).fill(1)));
    expect(charged.slice(0, 60)).toEqual(Array(60).fill(passed));
    expect(charged.slice(60)).toMatchObject([{ limit: 'requests' }, { limit: 'requests' }]);
  });

  test('let 512 points pass and refuse the next', async () => {
    const [limiter, shard, device] = [limiterOf(), freshShard(), freshDevice()];
    expect(await chargeOne(limiter, shard, device, 500)).toEqual(passed);
    expect(await chargeOne(limiter, shard, device, 12)).toEqual(passed);
    expect(await chargeOne(limiter, shard, device, 1)).toMatchObject({ status: 'refused', limit: 'points' });
  });

  test('refuse 513 points at once, to a device that has used none', async () => {
    const charged = await chargeOne(limiterOf(), freshShard(), freshDevice(), 513);
    expect(charged).toEqual({ status: 'refused', limit: 'points', retryAfterMs: 60_000 });
  });

  test('are charged nothing by what they refuse', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const charged = await limiterOf().charge(shard, charges(shard, device, [510, 3, 600, 2]));
    expect(charged.map(({ status }) => status)).toEqual(['passed', 'refused', 'refused', 'passed']);
    expect(await usedOf(shard, device)).toEqual({ requests: 2, points: 512 });
  });

  test('leave no key for a device of which everything was refused', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await chargeOne(limiterOf(), shard, device, 1000);
    expect(await rig.redis.exists(rig.key(shard, 'used', device))).toBe(0);
  });

  test("are each device's own, also within a batch", async () => {
    const [shard, one, other] = [freshShard(), freshDevice(), freshDevice()];
    const batch = [
      ...charges(shard, one, [512]),
      ...charges(shard, other, [512]),
      ...charges(shard, one, [1]),
      ...charges(shard, other, [1]),
    ];
    const charged = await limiterOf().charge(shard, batch);
    expect(charged.map(({ status }) => status)).toEqual(['passed', 'passed', 'refused', 'refused']);
  });

  test('are off at 0', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const free = limiterOf({ requestsPerMinute: 0, pointsPerMinute: 0 });
    expect(await free.charge(shard, charges(shard, device, Array(100).fill(1000)))).toEqual(Array(100).fill(passed));
  });

  test('are switched off one by one', async () => {
    const [shard, one, other] = [freshShard(), freshDevice(), freshDevice()];
    const [noRequests, noPoints] = [limiterOf({ requestsPerMinute: 0 }), limiterOf({ pointsPerMinute: 0 })];
    expect(await noRequests.charge(shard, charges(shard, one, Array(100).fill(1)))).toEqual(Array(100).fill(passed));
    expect(await chargeOne(noRequests, shard, one, 500)).toMatchObject({ limit: 'points' });
    expect(await chargeOne(noPoints, shard, other, 100_000)).toEqual(passed);
    expect((await noPoints.charge(shard, charges(shard, other, Array(60).fill(1)))).at(-1)).toMatchObject({
      limit: 'requests',
    });
  });

  test('take an empty batch', async () => {
    expect(await limiterOf().charge(freshShard(), [])).toEqual([]);
  });
});

describe('a window', () => {
  test('lasts 60 s from its first request', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    await chargeOne(limiterOf(), shard, device);
    const leftMs = await rig.redis.pttl(rig.key(shard, 'used', device));
    expect(leftMs).toBeGreaterThan(55_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  test('is not made longer by later requests, and its end is told to who is refused', async () => {
    const [limiter, shard, device] = [limiterOf(), freshShard(), freshDevice()];
    await chargeOne(limiter, shard, device);
    await rig.redis.pexpire(rig.key(shard, 'used', device), 20_000);
    await limiter.charge(shard, charges(shard, device, Array(59).fill(1)));
    const refused = await chargeOne(limiter, shard, device);
    if (refused.status !== 'refused') throw new Error('passed');
    expect(refused.retryAfterMs).toBeGreaterThan(15_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(20_000);
    expect(await rig.redis.pttl(rig.key(shard, 'used', device))).toBeLessThanOrEqual(20_000);
  });

  test('that ended is followed by a new one', async () => {
    const [limiter, shard, device] = [limiterOf(), freshShard(), freshDevice()];
    await limiter.charge(shard, charges(shard, device, Array(60).fill(1)));
    await rig.redis.pexpire(rig.key(shard, 'used', device), 30);
    await eventually(async () => expect(await chargeOne(limiter, shard, device)).toEqual(passed));
    expect(await usedOf(shard, device)).toEqual({ requests: 1, points: 1 });
    expect(await rig.redis.pttl(rig.key(shard, 'used', device))).toBeGreaterThan(55_000);
  });

  test('that lasts longer than 60 s is over: Redis was set back since it was opened', async () => {
    const [limiter, shard, device] = [limiterOf(), freshShard(), freshDevice()];
    await limiter.charge(shard, charges(shard, device, Array(60).fill(1)));
    await rig.redis.pexpire(rig.key(shard, 'used', device), 660_000);
    expect(await limiter.charge(shard, charges(shard, device, [1, 600, 1]))).toEqual([
      passed,
      { status: 'refused', limit: 'points', retryAfterMs: expect.any(Number) },
      passed,
    ]);
    expect(await usedOf(shard, device)).toEqual({ requests: 2, points: 2 });
    expect(await rig.redis.pttl(rig.key(shard, 'used', device))).toBeLessThanOrEqual(60_000);
  });
});
