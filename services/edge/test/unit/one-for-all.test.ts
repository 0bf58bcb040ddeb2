import { expect, test } from '@jest/globals';
import { oneForAll } from '../../src/upkeep/one-for-all';

/** Counts what is made, by a clock that the test moves. */
function counting() {
  let [now, made] = [0, 0];
  const ask = oneForAll(
    async () => ++made,
    50,
    () => now,
  );
  return { ask, pass: (ms: number) => (now += ms) };
}

test('all who ask before it is begun get the same', async () => {
  const { ask } = counting();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
});

test('who asks after it is begun gets the next one', async () => {
  const { ask, pass } = counting();
  expect(await ask()).toBe(1);
  pass(50);
  expect(await ask()).toBe(2);
});

test('within the time it is not begun again, and a second asker waits with the first', async () => {
  const { ask } = counting();
  await ask();
  const beganMs = performance.now();
  expect(await Promise.all([ask(), ask()])).toEqual([2, 2]);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(45);
});

test('one that fails fails for those who asked for it alone', async () => {
  let fails = true;
  const ask = oneForAll(
    async () => (fails ? Promise.reject(new Error('full')) : 'made'),
    0,
    () => 0,
  );
  const [first, second] = await Promise.allSettled([ask(), ask()]);
  expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await ask()).toBe('made');
});
