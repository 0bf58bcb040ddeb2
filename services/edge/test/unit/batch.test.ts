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

test('what is bounded over all lanes leaves lane by lane; calls that are stuck do not keep the others', async () => {
  const calls: [lane: number, items: number][] = [];
  const answers = new Map<number, () => void>();
  const tick = new Tick((asks) => asks());
  const batch = new Batch<{ shard: number }>({ laneOf: (shard) => shard }, tick, {
    mostUnderWay: 10,
    async run(lane, items) {
      calls.push([lane, items.length]);
      await new Promise<void>((resolve) => answers.set(lane, resolve));
      return 0;
    },
  });
  for (const shard of [0, 1, 2]) for (let item = 0; item < 6; item += 1) batch.add({ shard });
  const called = (expected: typeof calls) => eventually(() => expect(calls).toEqual(expected), { intervalMs: 0 });
  await called([
    [0, 6],
    [1, 4],
  ]);
  answers.get(1)!();
  await called([
    [0, 6],
    [1, 4],
    [2, 4],
  ]);
  // Neither lane 0 nor lane 2 is answered.
  await called([
    [0, 6],
    [1, 4],
    [2, 4],
    [1, 2],
  ]);
  for (const lane of [0, 1, 2]) answers.get(lane)!();
  await eventually(() => expect(calls.at(-1)).toEqual([2, 2]), { intervalMs: 0 });
  answers.get(2)!();
  await eventually(() => expect(batch.isIdle).toBe(true), { intervalMs: 0 });
});
