import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Stay, Stayed } from '@openrelay/state';
import { holdingOf } from '../../src/connection/connection';
import type { RegisteredAnswer } from '../../src/holders/register-request';
import { Stays } from '../../src/holders/stays';
import { connectionIn, deliveryRig } from './edge-rig';

function answerOf(standing: 'seen' | 'known', connectedSeconds: number): RegisteredAnswer {
  const queue = { seq: 0, depth: 0, replaced: '', isStale: false };
  const used = { requestsUsed: 0, pointsUsed: 0, isClaimed: false };
  return { status: 'registered', sinceMs: 1, ...queue, ...used, standing, connectedSeconds };
}

/** Stays by a clock that is set by hand, over a Redis that says what it is told to. */
function rig() {
  const told: number[] = [];
  const clock = { nowMs: 0, says: 'known' as Stayed | Error };
  const stay = async (_: number, batch: Stay[]): Promise<Stayed[]> => {
    told.push(...batch.map(({ seconds }) => seconds));
    const { says } = clock;
    if (says instanceof Error) throw says;
    return batch.map(() => says);
  };
  const stays = new Stays({ ...deliveryRig(), registry: { stay }, monotonicMs: () => clock.nowMs });
  const connection = connectionIn('registered');
  const reportAt = async (seconds: number) => {
    clock.nowMs = seconds * 1000;
    stays.reportDue();
    for (let count = 0; count < 10; count += 1) await turn();
  };
  return { stays, connection, told, clock, reportAt };
}

test('Redis is told when a device has been connected for ten minutes altogether, and then no more', async () => {
  const { stays, connection, told, reportAt } = rig();
  stays.begin(connection, answerOf('seen', 250));
  await reportAt(349);
  expect(told).toEqual([]);
  await reportAt(350);
  expect(told).toEqual([350]);
  expect(connection.holding.standing).toBe('known');
  await reportAt(9000);
  expect([told, stays.end(connection)]).toEqual([[350], 0]);
});

test('of a device that is known Redis is told nothing', async () => {
  const { stays, connection, told, reportAt } = rig();
  stays.begin(connection, answerOf('known', 600));
  await reportAt(10_000);
  expect([told, stays.end(connection)]).toEqual([[], 0]);
});

test('a connection that ends before says how long it was there, whole seconds, once', () => {
  const { stays, connection, clock } = rig();
  stays.begin(connection, answerOf('seen', 0));
  clock.nowMs = 61_900;
  expect([stays.end(connection), stays.end(connection)]).toEqual([61, 0]);
});

test('one that registers again goes on counting', () => {
  const { stays, connection, clock } = rig();
  stays.begin(connection, answerOf('seen', 0));
  clock.nowMs = 60_000;
  stays.begin(connection, answerOf('seen', 0));
  clock.nowMs = 90_000;
  expect(stays.end(connection)).toBe(90);
});

test.each(['gone', new Error('unavailable')] as const)('what Redis did not take (%s) is told again', async (says) => {
  const { stays, connection, told, clock, reportAt } = rig();
  stays.begin(connection, answerOf('seen', 0));
  clock.says = says;
  await reportAt(600);
  clock.says = 'known';
  await reportAt(605);
  expect(told).toEqual([600, 605]);
  expect(connection.holding.standing).toBe('known');
});

test('when Redis has forgotten that the device is known, it is told of the whole time', async () => {
  const { stays, connection, told, clock, reportAt } = rig();
  stays.begin(connection, answerOf('seen', 0));
  await reportAt(700);
  clock.nowMs = 800_000;
  stays.begin(connection, answerOf('seen', 0));
  expect(connection.holding.standing).toBe('seen');
  await reportAt(801);
  expect(told).toEqual([700, 801]);
  expect(holdingOf(connection).standing).toBe('known');
});
