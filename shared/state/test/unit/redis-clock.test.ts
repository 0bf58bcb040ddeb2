import { expect, it } from '@jest/globals';
import { RedisClock } from '../../src/redis-clock';

it('the clock goes on from what Redis told, by how much time has passed here', () => {
  let hereMs = 500;
  const clock = new RedisClock(() => hereMs);
  clock.observe(1_760_000_000_000);
  expect(clock.now()).toBe(1_760_000_000_000);
  hereMs = 750;
  expect(clock.now()).toBe(1_760_000_000_250);
});

it('the last that Redis told is what counts', () => {
  let hereMs = 0;
  const clock = new RedisClock(() => hereMs);
  clock.observe(1000);
  hereMs = 100;
  clock.observe(900);
  expect(clock.now()).toBe(900);
});
