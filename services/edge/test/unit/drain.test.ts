import { expect, test } from '@jest/globals';
import { closeSpread } from '../../src/upkeep/drain';
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
