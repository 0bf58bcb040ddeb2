import { beforeEach, expect, test } from '@jest/globals';
import { RedisClock } from '../../src/link/redis-clock';

const startMs = 1_760_000_000_000;
let hereMs = 0;
let clock: RedisClock;

beforeEach(() => {
  hereMs = 500;
  clock = new RedisClock(() => hereMs);
  clock.begin(startMs);
});

/** Redis was asked for its time as late as can be: just before it told it. */
function tell(redisMs: number, readLateMs = 0): void {
  clock.observe(redisMs, hereMs - readLateMs);
}

/** Redis tells its time every second, and each reply is read at once. */
function tellEverySecond(seconds: number, redisMs: () => number): void {
  for (let second = 0; second < seconds; second += 1) {
    hereMs += 1000;
    tell(redisMs());
  }
}

test('the clock goes on from what Redis told, by how much time has passed here', () => {
  expect(clock.now()).toBe(startMs);
  hereMs = 750;
  expect(clock.now()).toBe(startMs + 250);
});

test('a reply that was read late does not set the clock back', () => {
  hereMs = 1500;
  tell(startMs + 100, 900);
  expect(clock.now()).toBe(startMs + 1000);
});

test('a reply that was read late after a quiet hour does not set the clock back', () => {
  hereMs = 3_600_500;
  tell(startMs + 3_600_000 - 900, 900);
  expect(clock.now()).toBe(startMs + 3_600_000);
});

test('no reply read late sets the clock back while others are read in time', () => {
  for (let second = 1; second <= 100; second += 1) {
    hereMs = 500 + 1000 * second;
    const isLate = second % 5 > 0;
    const readLateMs = isLate ? 700 : 0;
    tell(startMs + 1000 * second - readLateMs, readLateMs);
    expect(clock.now()).toBe(startMs + 1000 * second);
  }
});

test('a reply that was faster than those before corrects the clock at once', () => {
  hereMs = 1500;
  tell(startMs + 1007);
  expect(clock.now()).toBe(startMs + 1007);
});

test('a Redis whose clock was set back is followed at its next reply, though that is read late', () => {
  tellEverySecond(7, () => startMs + hereMs - 500);
  hereMs += 1000;
  const redisMs = startMs + hereMs - 500 - 30_000 - 700;
  tell(redisMs, 700);
  expect(clock.now()).toBe(redisMs);
});

test('a master of a Cluster whose clock is half a second behind sets nothing back; a Redis that stays so is followed within 20 s', () => {
  tellEverySecond(7, () => startMs + hereMs - 500);
  const redisMs = () => startMs + hereMs - 500 - 490;
  tellEverySecond(10, redisMs);
  expect(clock.now()).toBe(redisMs() + 490);
  tellEverySecond(10, redisMs);
  expect(clock.now()).toBe(redisMs());
});

test('a clock that drifts behind is followed', () => {
  const drift = 1 - 1e-4;
  const redisMs = () => startMs + (hereMs - 500) * drift;
  tellEverySecond(3600, redisMs);
  expect(clock.now() - redisMs()).toBeLessThanOrEqual(2.1);
});

test('another server is believed from its first reply on, also when its clock is behind', () => {
  hereMs = 1500;
  clock.begin(startMs - 5000);
  expect(clock.now()).toBe(startMs - 5000);
});
