import { expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { Batch } from '../../src/batching/batch';
import { Tick } from '../../src/batching/tick';

test('what waits for a slow Redis leaves in order, each once, whatever is added meanwhile; a full lane takes no more', async () => {
  const calls: number[][] = [];
  const settled: number[] = [];
  let answered: () => void = () => undefined;
  const tick = new Tick((asks) => asks());
  const batch = new Batch<{ shard: number; number: number }, number>({ laneOf: () => 0 }, tick, {
    maxItems: 64,
    maxWaiting: 500,
    async run(_shard, items) {
      const numbers = items.map(({ number }) => number);
      calls.push(numbers);
      await new Promise<void>((resolve) => {
        answered = resolve;
      });
      return numbers;
    },
    settled: (item, result) => {
      expect(result).toBe(item.number);
      settled.push(item.number);
    },
  });
  let next = 0;
  for (let round = 1; round <= 100; round += 1) {
    let taken = 0;
    while (taken < 1000 && batch.add({ shard: 0, number: next })) {
      next += 1;
      taken += 1;
    }
    expect(taken).toBe(round === 1 ? 500 : 64);
    await eventually(() => expect(calls).toHaveLength(round), { intervalMs: 0 });
    answered();
  }
  for (let left = calls.length; !batch.isIdle; left += 1) {
    await eventually(() => expect(batch.isIdle || calls.length > left).toBe(true), { intervalMs: 0 });
    answered();
  }
  expect(settled).toEqual(Array.from({ length: next }, (_, i) => i));
  expect(Math.max(...calls.map((items) => items.length))).toBe(64);
});
