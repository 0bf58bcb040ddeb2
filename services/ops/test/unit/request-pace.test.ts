import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { RequestPace } from '../../src/access/request-pace';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const aSecond = 1000;

test('what is beyond the pace waits for the next second, in its order, and other budgets do not', () => {
  const pace = new RequestPace(2);
  const read: string[] = [];
  const pass = (name: string, budget = 'one') => pace.pass({}, budget, () => read.push(name));
  expect(['a', 'b', 'c', 'd', 'e'].map((name) => pass(name))).toEqual(['now', 'now', 'later', 'later', 'later']);
  expect(pass('x', 'other')).toBe('now');
  expect(read).toEqual(['a', 'b', 'x']);
  jest.advanceTimersByTime(aSecond);
  expect(read).toEqual(['a', 'b', 'x', 'c', 'd']);
  jest.advanceTimersByTime(aSecond);
  expect(read).toEqual(['a', 'b', 'x', 'c', 'd', 'e']);
});

test('whoever has left is not read', () => {
  const pace = new RequestPace(1);
  const read: string[] = [];
  const whose = {};
  pace.pass({}, 'one', () => read.push('a'));
  pace.pass(whose, 'one', () => read.push('b'));
  pace.forget(whose);
  jest.advanceTimersByTime(aSecond);
  expect(read).toEqual(['a']);
});

test('no timer runs while nobody asks', () => {
  const pace = new RequestPace(1);
  pace.pass({}, 'one', () => undefined);
  jest.advanceTimersByTime(2 * aSecond);
  expect(jest.getTimerCount()).toBe(0);
  expect(pace.pass({}, 'one', () => undefined)).toBe('now');
});
