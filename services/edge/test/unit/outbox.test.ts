import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { connectionIn, deliveryRig, openSocket } from './edge-rig';

test('bytes count for the month as they leave: those that the socket still holds do not', async () => {
  const now = { buffered: 60, counted: 0 };
  const count = (_direction: 'in' | 'out', bytes: number) => {
    now.counted += bytes;
  };
  const { outbox } = deliveryRig({}, undefined, { count });
  const connection = connectionIn(
    'registered',
    openSocket([], () => now.buffered),
  );
  outbox.add(connection, 'x'.repeat(100));
  expect(now.counted).toBe(0);
  for (let turns = 0; turns < 10; turns += 1) await turn();
  expect(now.counted).toBe(40);
  now.buffered = 10;
  outbox.drained(connection);
  expect(now.counted).toBe(90);
});
