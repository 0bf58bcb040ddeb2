import { expect, test } from '@jest/globals';
import { Tail } from '../../src/processes/tail';

test('only the last part is kept', () => {
  const tail = new Tail(5);
  tail.add('abc');
  expect(tail.text()).toBe('abc');
  tail.add('defg');
  expect(tail.text()).toBe('cdefg');
});
