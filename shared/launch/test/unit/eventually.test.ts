import { expect, test } from '@jest/globals';
import { eventually } from '../../src/index';

test('eventually returns what the assertion returns as soon as it stops throwing', async () => {
  let calls = 0;
  const result = await eventually(
    () => {
      calls += 1;
      expect(calls).toBe(3);
      return 'done';
    },
    { intervalMs: 1 },
  );
  expect(result).toBe('done');
  expect(calls).toBe(3);
});

test('eventually throws the last error at the time-out', async () => {
  let calls = 0;
  const failing = eventually(
    async () => {
      calls += 1;
      throw new Error(`call ${calls}`);
    },
    { timeoutMs: 20, intervalMs: 1 },
  );
  await expect(failing).rejects.toThrow(/^call \d+$/);
  expect(calls).toBeGreaterThan(1);
});

test('eventually ends at once when its exception comes', async () => {
  let calls = 0;
  const failing = eventually(
    () => {
      calls += 1;
      throw new Error('not yet');
    },
    {
      intervalMs: 1,
      unless: () => {
        if (calls === 2) throw new Error('never');
      },
    },
  );
  await expect(failing).rejects.toThrow('never');
  expect(calls).toBe(2);
});
