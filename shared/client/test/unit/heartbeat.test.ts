import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Heartbeat } from '../../src/connection/heartbeat';
import { watchSleep } from '../../src/connection/sleep-watch';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

function connectionThat(answers: 'answers' | 'is silent') {
  const connection = {
    heardAtMs: Date.now(),
    pings: 0,
    abandoned: [] as string[],
    async ping(): Promise<void> {
      connection.pings += 1;
      if (answers === 'answers') setTimeout(() => (connection.heardAtMs = Date.now()), 50);
    },
    abandon: (why: string) => void connection.abandoned.push(why),
  };
  return connection;
}

describe('a heartbeat', () => {
  test('asks every 30 s, and leaves a connection that answers alone', async () => {
    const connection = connectionThat('answers');
    const heartbeat = new Heartbeat(connection, Date.now);
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect(connection).toMatchObject({ pings: 20, abandoned: [] });
    heartbeat.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(connection.pings).toBe(20);
  });

  test('abandons a connection that says nothing for 20 s after it was asked', async () => {
    const connection = connectionThat('is silent');
    const heartbeat = new Heartbeat(connection, Date.now);
    await jest.advanceTimersByTimeAsync(49_900);
    expect(connection.abandoned).toEqual([]);
    await jest.advanceTimersByTimeAsync(500);
    expect(connection.abandoned).toEqual(['nothing came for 20 s']);
    heartbeat.stop();
  });

  test('takes anything that comes for an answer', async () => {
    const connection = connectionThat('is silent');
    const heartbeat = new Heartbeat(connection, Date.now);
    const messages = setInterval(() => (connection.heardAtMs = Date.now()), 15_000);
    await jest.advanceTimersByTimeAsync(5 * 60_000);
    expect(connection.abandoned).toEqual([]);
    clearInterval(messages);
    heartbeat.stop();
  });
});

test('a sleep is told at the first tick after it, and a late tick is none', async () => {
  let asleepMs = 0;
  const woke = jest.fn();
  const end = watchSleep(() => Date.now() + asleepMs, woke);
  await jest.advanceTimersByTimeAsync(60_000);
  asleepMs += 9_000;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(woke).not.toHaveBeenCalled();
  asleepMs += 3_600_000;
  await jest.advanceTimersByTimeAsync(5_000);
  expect(woke).toHaveBeenCalledTimes(1);
  asleepMs -= 86_400_000;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(woke).toHaveBeenCalledTimes(1);
  end();
});
