import { expect, test } from '@jest/globals';
import { Backoff } from '../../dashboard/stream/backoff';
import { Staleness } from '../../dashboard/stream/staleness';

test('a page without an event for five seconds is stale', () => {
  const staleness = new Staleness(0);
  expect(staleness.at(4999)).toEqual({ state: 'waiting' });
  expect(staleness.at(5000)).toEqual({ state: 'stale', sinceMs: null, why: 'ops says nothing.' });
  staleness.heard(6000);
  expect(staleness.at(10_999)).toEqual({ state: 'fresh' });
  expect(staleness.at(11_000)).toEqual({ state: 'stale', sinceMs: 6000, why: 'ops says nothing.' });
});

test('trouble that is told makes it stale at once, until the next event', () => {
  const staleness = new Staleness(0);
  staleness.heard(1000);
  staleness.trouble('Redis is away.');
  expect(staleness.at(1001)).toEqual({ state: 'stale', sinceMs: 1000, why: 'Redis is away.' });
  staleness.heard(2000);
  expect(staleness.at(2001)).toEqual({ state: 'fresh' });
});

test('attempts come ever later, up to 15 s, and begin again after a success', () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 40 }, () => backoff.nextMs());
  expect(waits.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 15_000]);
  expect(waits.at(-1)).toBe(15_000);
  backoff.reset();
  expect(backoff.nextMs()).toBe(1000);
  expect(new Backoff(() => 0).nextMs()).toBe(500);
});
