import { expect, test } from '@jest/globals';
import { closeSpread, linger } from '../../src/upkeep/drain';
import { connectionIn, openSocket } from './edge-rig';

test('connections of a node that leaves are closed in an order that chance gives, spread over the time', async () => {
  const closed: number[] = [];
  const connections = [0, 1, 2, 3, 4].map((index) =>
    connectionIn('registered', { ...openSocket(), close: () => void closed.push(index) }),
  );
  const startedMs = performance.now();
  const closing = closeSpread(connections, 250, () => 0);
  expect(closed).toEqual([1]);
  await closing;
  expect(closed).toEqual([1, 2, 3, 4, 0]);
  expect(performance.now() - startedMs).toBeGreaterThan(190);
});

test('a node that leaves waits until the peers of its connections have gone, and not for ever', async () => {
  let asked = 0;
  await linger(async () => {
    asked += 1;
    return asked === 3;
  }, 60_000);
  expect(asked).toBe(3);
  await linger(async () => {
    asked += 1;
    return false;
  }, 100);
  expect(asked).toBe(5);
});
