import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { EventFeed } from '../../src/answers/event-feed';

const aSecond = 1000;

let reads = 0;
let answer: () => Promise<unknown>;

beforeEach(() => {
  jest.useFakeTimers();
  reads = 0;
  answer = async () => ({ reading: reads });
});

afterEach(() => {
  jest.useRealTimers();
});

function feedFor(mostListeners = 10): EventFeed {
  const read = () => {
    reads += 1;
    return answer();
  };
  return new EventFeed({ mostListeners, read, explain: () => 'Redis is away.' });
}

function textOf(stream: Readable): string {
  return String(stream.read() ?? '');
}

test('nothing is read while nobody listens', async () => {
  const feed = feedFor();
  await jest.advanceTimersByTimeAsync(10 * aSecond);
  expect(reads).toBe(0);
  feed.end();
});

test('it is read once a second, however many listen, and no more when all have left', async () => {
  const feed = feedFor();
  const streams = Array.from({ length: 5 }, () => feed.join()!);
  await jest.advanceTimersByTimeAsync(3 * aSecond);
  expect(reads).toBe(4); // at once, and each second
  for (const stream of streams) {
    expect(textOf(stream)).toContain('event: cluster\ndata: {"reading":4}\n\n');
    stream.destroy();
  }
  await jest.advanceTimersByTimeAsync(5 * aSecond);
  expect(feed.listening).toBe(0);
  expect(reads).toBe(4);
});

test('who joins later is told the last reading at once', async () => {
  const feed = feedFor();
  feed.join();
  await jest.advanceTimersByTimeAsync(10);
  expect(textOf(feed.join()!)).toContain('"reading":1');
  expect(reads).toBe(1);
  feed.end();
});

test('no more may listen than the bound, and a place is free when one leaves', async () => {
  const feed = feedFor(2);
  const first = feed.join()!;
  feed.join();
  expect(feed.join()).toBeUndefined();
  first.destroy();
  await jest.advanceTimersByTimeAsync(1);
  expect(feed.join()).toBeDefined();
  feed.end();
});

test('listeners hear why there is no reading', async () => {
  const feed = feedFor();
  answer = () => Promise.reject(new Error('no'));
  const stream = feed.join()!;
  await jest.advanceTimersByTimeAsync(1);
  expect(textOf(stream)).toContain('event: away\ndata: {"error":"Redis is away."}\n\n');
  feed.end();
});

test('a reading that takes long is waited for, with a heartbeat each second', async () => {
  const feed = feedFor();
  answer = () => new Promise((resolve) => setTimeout(() => resolve('late'), 3.5 * aSecond));
  const stream = feed.join()!;
  await jest.advanceTimersByTimeAsync(3.6 * aSecond);
  expect(reads).toBe(1);
  expect(textOf(stream).match(/: heartbeat/g)).toHaveLength(3);
  feed.end();
});

test('who does not read misses events, and is let go in the end', async () => {
  const feed = feedFor();
  answer = async () => 'x'.repeat(300_000);
  const stuck = feed.join()!;
  await jest.advanceTimersByTimeAsync(20 * aSecond);
  expect(stuck.readableLength).toBeLessThan(700_000);
  expect(stuck.destroyed).toBe(false);
  await jest.advanceTimersByTimeAsync(20 * aSecond);
  expect(stuck.destroyed).toBe(true);
  expect(feed.listening).toBe(0);
});

test('all streams end when ops leaves', async () => {
  const feed = feedFor();
  const stream = feed.join()!;
  await jest.advanceTimersByTimeAsync(1);
  const ended = new Promise((resolve) => stream.once('end', () => resolve('ended')));
  feed.end();
  stream.resume();
  expect(await ended).toBe('ended');
  expect(feed.listening).toBe(0);
});
