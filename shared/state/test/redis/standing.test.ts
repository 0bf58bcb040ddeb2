import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { knownAfterSeconds } from '../../src/index';
import { shardPrefix } from '../../src/scripts/keys';
import { freshDevice, freshName, freshShard, useStateRig } from './state-rig';

const rig = useStateRig();

const daySeconds = 86_400;
const [mostVisitors, mostResidents] = [10_000, 65_536];

/** By Redis's clock. */
const nowSeconds = () => Math.floor(rig.link.clock.now() / 1000);
const visitors = (shard: number) => `${shardPrefix(shard)}visitors`;
const residents = (shard: number) => `${shardPrefix(shard)}residents`;

/** A visit of so many seconds, as it lies in Redis. */
const visitOf = (atSeconds: number, seconds: number) => atSeconds * 1024 + seconds;

async function stay(shard: number, device: DeviceKey, session: string, seconds: number) {
  return (await rig.registry().stay(shard, [{ shard, device, session, seconds }]))[0];
}

/** Registers, stays and leaves, as a device does that comes back often. */
async function visit(shard: number, device: DeviceKey, seconds: number) {
  const { session, answer } = await rig.hold(shard, device);
  await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed', seconds }]);
  return answer;
}

/** So many ids in a set, each a second younger than the one before; the last one is of now. */
async function fill(key: string, count: number, scoreOf: (atSeconds: number) => number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => freshDevice() as string);
  const from = nowSeconds() - count;
  for (let start = 0; start < count; start += 10_000) {
    const some = ids.slice(start, start + 10_000);
    await rig.redis.zadd(key, ...some.flatMap((id, i) => [scoreOf(from + start + i + 1), id]));
  }
  return ids;
}

/** What a script is told of an id at some time (Unix ms). */
function standingAt(shard: number, device: DeviceKey, atMs: number) {
  const partOf = (name: string) => readFileSync(join(__dirname, `../../lua/prelude/${name}.lua`), 'utf8');
  const lua = ['standings', 'rememberedSeconds', 'seenMs', 'standingOf'].map(partOf).join('');
  const script = `local now = tonumber(ARGV[2])\n${lua}\nreturn { standingOf(KEYS[1], ARGV[1]) }`;
  return rig.redis.eval(script, 1, shardPrefix(shard), device, atMs);
}

describe('a device that was connected', () => {
  test('is seen from its registration on, for a day', async () => {
    const { shard, device, session, answer } = await rig.held();
    expect(answer).toMatchObject({ standing: 'seen', connectedSeconds: 0, isClaimed: false });
    const { standing, seenUntil } = (await rig.mailbox(shard, device))!;
    expect(standing).toBe('seen');
    expect(seenUntil / 1000 - nowSeconds()).toBeCloseTo(daySeconds, -1);
    expect(await rig.redis.exists(visitors(shard))).toBe(0); // its mailbox says it, as long as it is here
    await rig.registry().deregister(shard, [{ shard, device, session, manner: 'closed' }]);
    const atMs = 1000 * nowSeconds();
    expect(await standingAt(shard, device, atMs)).toEqual([1, expect.any(Number), null]);
    expect(await standingAt(shard, device, atMs + (daySeconds - 10) * 1000)).toEqual([1, expect.any(Number), null]);
    expect(await standingAt(shard, device, atMs + (daySeconds + 10) * 1000)).toEqual([0, 0, null]);
    expect(await standingAt(shard, freshDevice(), atMs)).toEqual([0, 0, null]);
  });

  test('for ten minutes at a time is known from then on, for 30 days', async () => {
    const { shard, device, session } = await rig.held();
    expect(await stay(shard, device, session, knownAfterSeconds - 1)).toBe('seen');
    const connectedSeconds = knownAfterSeconds - 1;
    expect((await rig.hold(shard, device)).answer).toMatchObject({ standing: 'seen', connectedSeconds });
    const { session: later } = await rig.hold(shard, device);
    expect(await stay(shard, device, later, 1)).toBe('known');
    expect(await rig.mailbox(shard, device)).toMatchObject({ standing: 'known', seenUntil: 0 });
    expect((await rig.hold(shard, device)).answer).toMatchObject({ standing: 'known', connectedSeconds: 600 });
    const atMs = 1000 * nowSeconds();
    expect(await standingAt(shard, device, atMs + 29 * daySeconds * 1000)).toEqual([2, 0, null]);
    expect(await standingAt(shard, device, atMs + 31 * daySeconds * 1000)).toEqual([0, 0, null]);
  });

  test('for ten minutes altogether is known, over however many connections', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    for (const seconds of [0, 250, 250, 100]) {
      expect(await visit(shard, device, seconds)).toMatchObject({ standing: 'seen' });
    }
    expect(await visit(shard, device, 0)).toMatchObject({ standing: 'known' });
    expect(await rig.redis.zcard(visitors(shard))).toBe(0);
  });

  test('until its next connection took over is credited with that time, too', async () => {
    const [shard, device] = [freshShard(), freshDevice()];
    const { session: older } = await rig.hold(shard, device, freshName('node'));
    const { session } = await rig.hold(shard, device);
    await rig.registry().deregister(shard, [{ shard, device, session: older, manner: 'closed', seconds: 600 }]);
    expect(await rig.mailbox(shard, device)).toMatchObject({ session, standing: 'known' });
  });

  test('longer than the relay can count is known all the same', async () => {
    const { shard, device, session } = await rig.held();
    expect(await stay(shard, device, session, 40 * daySeconds)).toBe('known');
  });

  test('is credited with nothing by a connection that does not hold it', async () => {
    const { shard, device } = await rig.held();
    expect(await stay(shard, device, freshName('session'), 600)).toBe('gone');
    expect(await stay(shard, freshDevice(), freshName('session'), 600)).toBe('gone');
    expect((await rig.hold(shard, device)).answer).toMatchObject({ standing: 'seen', connectedSeconds: 0 });
    expect(await rig.registry().stay(shard, [])).toEqual([]);
  });

  test('more than 30 days ago is seen anew, with no time to its credit', async () => {
    const [shard, visitor, resident] = [freshShard(), freshDevice(), freshDevice()];
    const longAgo = nowSeconds() - 30 * daySeconds - 60;
    await rig.redis.zadd(visitors(shard), visitOf(longAgo, 500), visitor);
    await rig.redis.zadd(residents(shard), longAgo, resident);
    for (const device of [visitor, resident]) {
      expect((await rig.hold(shard, device)).answer).toMatchObject({ standing: 'seen', connectedSeconds: 0 });
    }
  });
});

describe('what is known by time', () => {
  test('lasts on while the device is connected, and with each registration', async () => {
    const { shard, device, session } = await rig.held();
    await stay(shard, device, session, 600);
    const weekAgo = nowSeconds() - 7 * daySeconds;
    const seenAgo = async () => nowSeconds() - Number(await rig.redis.zscore(residents(shard), device));
    await rig.redis.zadd(residents(shard), weekAgo, device);
    await rig.registry().check(shard, [{ shard, device, session }]);
    expect(await seenAgo()).toBeCloseTo(7 * daySeconds, -1); // its lease has more than half an hour left
    await rig.changeMailbox(shard, device, { until: 1 });
    await rig.registry().check(shard, [{ shard, device, session }]);
    expect(await seenAgo()).toBeCloseTo(0, -1);
    await rig.redis.zadd(residents(shard), weekAgo, device);
    await rig.hold(shard, device);
    expect(await seenAgo()).toBeCloseTo(0, -1);
  });

  test('has a lifetime as a whole', async () => {
    const { shard, device, session } = await rig.held();
    await stay(shard, device, session, 10);
    expect(await rig.redis.ttl(visitors(shard))).toBeCloseTo(30 * daySeconds, -2);
    await stay(shard, device, session, 600);
    expect(await rig.redis.ttl(residents(shard))).toBeCloseTo(30 * daySeconds, -2);
  });
});

describe('what a shard remembers of ids', () => {
  test('is no more than so many visitors: the oldest are forgotten, and the known never for them', async () => {
    const shard = freshShard();
    const [long] = await fill(residents(shard), 100, (at) => at - 20 * daySeconds);
    const ids = await fill(visitors(shard), mostVisitors, (at) => visitOf(at, 599));
    for (let i = 0; i < 3; i += 1) await visit(shard, freshDevice(), 0);
    expect(await rig.redis.zcard(visitors(shard))).toBe(mostVisitors);
    const scores = await rig.redis.zmscore(visitors(shard), ...ids.slice(0, 4));
    expect(scores.map((score) => score !== null)).toEqual([false, false, false, true]);
    expect(await rig.redis.zcard(residents(shard))).toBe(100);
    expect((await rig.hold(shard, long as DeviceKey)).answer).toMatchObject({ standing: 'known' });
  });

  test('is no more than so many known by time: the longest absent are forgotten', async () => {
    const { shard, device, session } = await rig.held();
    const [first, second] = await fill(residents(shard), mostResidents, (at) => at);
    await stay(shard, device, session, 600);
    expect(await rig.redis.zcard(residents(shard))).toBe(mostResidents);
    const scores = await rig.redis.zmscore(residents(shard), first!, second!, device);
    expect(scores.map((score) => score !== null)).toEqual([false, true, true]);
  });

  test('is nothing from more than 30 days ago, which goes little by little', async () => {
    const shard = freshShard();
    const old = Array.from({ length: 100 }, () => [visitOf(nowSeconds() - 31 * daySeconds, 5), freshDevice()]);
    await rig.redis.zadd(visitors(shard), ...old.flat());
    for (const left of [37, 2]) {
      await visit(shard, freshDevice(), 0);
      expect(await rig.redis.zcard(visitors(shard))).toBe(left);
    }
  });
});
