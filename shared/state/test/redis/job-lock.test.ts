import { expect, test } from '@jest/globals';
import { JobLock } from '../../src/index';
import { jobLockKey } from '../../src/scripts/keys';
import { freshName, useStateRig } from './state-rig';

const rig = useStateRig();
const lock = () => new JobLock(rig.link);

test("the lock of a job is one run's until it gives it back, and ends by itself", async () => {
  const job = freshName('id');
  expect(await lock().acquire(job, 'one')).toBe('acquired');
  expect(await lock().acquire(job, 'one')).toBe('acquired');
  expect(await lock().acquire(job, 'other')).toBe('held by another');
  expect(await rig.redis.pttl(jobLockKey(job))).toBeGreaterThan(0);
  await lock().release(job, 'one');
  expect(await lock().acquire(job, 'other')).toBe('acquired');
});

test('a run that was frozen does not give back the lock that another has by now', async () => {
  const job = freshName('id');
  await lock().acquire(job, 'frozen');
  await rig.redis.del(jobLockKey(job)); // as its lifetime does
  await lock().acquire(job, 'other');
  await lock().release(job, 'frozen');
  expect(await rig.redis.get(jobLockKey(job))).toBe('other');
});
