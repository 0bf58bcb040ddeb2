import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import { type Deregistration, RedisUnavailable } from '@openrelay/state';
import { connectionIn, deliveryRig } from './edge-rig';

/** What Redis is told when it fails so the first time, and is told again: the seconds of each call. */
async function secondsTold(failure: Error): Promise<number[]> {
  const told: Deregistration[] = [];
  const { deregistrations } = deliveryRig({
    deregister: async (_, batch) => {
      if (told.push(...batch) === 1) throw failure;
      return batch.length;
    },
  });
  const finished = async () => {
    while (!deregistrations.isIdle) await turn();
  };
  deregistrations.deregister('D' as DeviceKey, 'n.1.1', 30);
  await finished();
  deregistrations.resend();
  await finished();
  expect(deregistrations.isOver('n.1.1')).toBe(false);
  return told.map(({ seconds = 0 }) => seconds);
}

test.each([
  ['failed halfway', Object.assign(new Error('WRONGTYPE script: f00, on @user_script:9.'), { name: 'ReplyError' })],
  ['nobody answered', new RedisUnavailable('no answer in time', 'unknown')],
])('seconds that a call told of which %s are not told again: they may count already', async (_, failure) => {
  expect(await secondsTold(failure)).toEqual([30, 0]);
});

test('seconds that Redis was certainly not told are told again', async () => {
  expect(await secondsTold(new RedisUnavailable('the connection was closed'))).toEqual([30, 30]);
});

test('an older connection that may hold the device again is asked about when Redis has been told, and not before', async () => {
  let calls = 0;
  const { deregistrations, doubtful } = deliveryRig({
    deregister: async () => {
      calls += 1;
      if (calls === 1) throw new RedisUnavailable('no answer in time', 'unknown');
      return 1;
    },
  });
  const finished = async () => {
    while (!deregistrations.isIdle) await turn();
  };
  const older = connectionIn('registered');
  deregistrations.deregister('D' as DeviceKey, 'n.1.1', 0, older);
  await finished();
  expect([...doubtful.takeRefuted(), ...doubtful.takeFailed().connections]).toEqual([]);
  deregistrations.resend();
  await finished();
  expect([...doubtful.takeRefuted()]).toEqual([older]);
});
