import { expect, test } from '@jest/globals';
import { holdingOf } from '../../src/connection/connection';
import { type EarlyFrame, EarlyFrames } from '../../src/connection/early-frames';
import { connectionIn } from './edge-rig';

const message = { type: 'Ping' } as const;

function rig() {
  const done: number[] = [];
  return { done, early: new EarlyFrames((_, { frameBytes }) => done.push(frameBytes)) };
}

test('what was said waits until a registration is settled, and is done in order', () => {
  const { early, done } = rig();
  const connection = connectionIn('registering');
  for (const frameBytes of [1, 2, 3]) expect(early.keep(connection, { message, frameBytes })).toBe(true);
  holdingOf(connection).registersUnderWay = 1;
  early.settle(connection); // another one is under way
  expect(done).toEqual([]);
  holdingOf(connection).registersUnderWay = 0;
  early.settle(connection);
  early.settle(connection);
  expect(done).toEqual([1, 2, 3]);
});

test('a connection may have so many frames and bytes waiting, or one of any size', () => {
  const { early } = rig();
  const [many, large, other] = [connectionIn('registering'), connectionIn('registering'), connectionIn('registering')];
  const [small, huge] = [1, 16 * 1024 * 1024].map((frameBytes) => ({ message, frameBytes })) as [
    EarlyFrame,
    EarlyFrame,
  ];
  for (let frame = 0; frame < 64; frame += 1) expect(early.keep(many, small)).toBe(true);
  expect(early.keep(many, small)).toBe(false);
  expect(early.keep(large, huge)).toBe(true);
  expect(early.keep(large, small)).toBe(false);
  expect(early.keep(other, huge)).toBe(false); // all together may have 32 MiB
  early.forget(large);
  expect(early.keep(other, huge)).toBe(true);
});

test('of a connection that is closed nothing is done', () => {
  const { early, done } = rig();
  const connection = connectionIn('registering');
  early.keep(connection, { message, frameBytes: 1 });
  early.forget(connection);
  early.settle(connection);
  expect(done).toEqual([]);
});
