import { expect, jest, test } from '@jest/globals';
import { freePort } from '../../src/index';

const busOffset = 10_000;

test('a port is given once, also while nobody listens on it and somebody else asks for one', async () => {
  const given = new Set([await freePort(busOffset), await freePort(busOffset)]);
  await jest.isolateModulesAsync(async () => {
    const another = await import('../../src/index'); // begins where this one began
    for (let asked = 0; asked < 2; asked += 1) given.add(await another.freePort(busOffset));
  });
  expect(given.size).toBe(4);
});
