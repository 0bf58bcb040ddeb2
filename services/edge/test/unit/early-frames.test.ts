import { expect, test } from '@jest/globals';
import { holdingOf } from '../../src/connection/connection';
import { EarlyFrames } from '../../src/connection/early-frames';
import { connectionIn } from './edge-rig';

test('what was said waits until a registration is settled, and is done in order', () => {
  const early = new EarlyFrames();
  const connection = connectionIn('registering');
  const done: number[] = [];
  for (const number of [1, 2, 3]) expect(early.keep(connection, 100, () => done.push(number))).toBe(true);
  holdingOf(connection).registersUnderWay = 1;
  early.settle(connection); // another one is under way
  expect(done).toEqual([]);
  holdingOf(connection).registersUnderWay = 0;
  early.settle(connection);
  early.settle(connection);
  expect(done).toEqual([1, 2, 3]);
});

test('a connection may have so many frames and bytes waiting, or one of any size', () => {
  const early = new EarlyFrames();
  const [many, large, other] = [connectionIn('registering'), connectionIn('registering'), connectionIn('registering')];
  const nothing = () => undefined;
  for (let frame = 0; frame < 64; frame += 1) expect(early.keep(many, 1, nothing)).toBe(true);
  expect(early.keep(many, 1, nothing)).toBe(false);
  expect(early.keep(large, 16 * 1024 * 1024, nothing)).toBe(true);
  expect(early.keep(large, 1, nothing)).toBe(false);
  expect(early.keep(other, 16 * 1024 * 1024, nothing)).toBe(false); // all together may have 32 MiB
  early.forget(large);
  expect(early.keep(other, 16 * 1024 * 1024, nothing)).toBe(true);
});

test('of a connection that is closed nothing is done', () => {
  const early = new EarlyFrames();
  const connection = connectionIn('registering');
  early.keep(connection, 1, () => {
    throw new Error('done all the same');
  });
  early.forget(connection);
  early.settle(connection);
});
