import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Arrived, noClips, remoteCopy } from '../../src/clipboard/sync/clip-order';

const copy = fc.record({
  at: fc.integer({ min: 1, max: 5 }),
  from: fc.constantFrom('A', 'B', 'C'),
  mark: fc.constantFrom('one', 'two', 'three'),
});

/** A device copies one thing at a time. */
const copies = fc.uniqueArray(copy, { selector: ({ at, from }) => `${at} ${from}`, minLength: 1, maxLength: 10 });

test('devices that hear of the same copies in different orders hold the same', () => {
  const there = { now: 1_000, images: 'kept' } as const;
  const end = (arrived: readonly Omit<Arrived, 'is'>[]) =>
    arrived.reduce((order, one) => remoteCopy(order, { ...one, is: 'text' }, there).order, noClips).newest;
  fc.assert(
    fc.property(
      copies.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => expect(end(shuffled)).toEqual(end(list)),
    ),
  );
});
