import { expect, jest, test } from '@jest/globals';
import { freePort } from '../../src/index';

const busOffset = 10_000;

test('a port is given once, also while nobody listens on it and somebody else asks for one', async () => {
  const given = new Set([await freePort(busOffset), await freePort(busOffset)]);
  let another = freePort;
  jest.isolateModules(() => {
    ({ freePort: another } = jest.requireActual<{ freePort: typeof freePort }>('../../src/index')); // it begins where this one began
  });
  expect(another).not.toBe(freePort);
  for (let asked = 0; asked < 2; asked += 1) given.add(await another(busOffset));
  expect(given.size).toBe(4);
});
