import { expect, test } from '@jest/globals';
import { stopRequests } from '../../src/up/stop-requests';

function answersAt(...timesMs: number[]): string[] {
  const answers: string[] = [];
  const clock = [...timesMs];
  const request = stopRequests({
    stop: () => answers.push('stop'),
    stopAtOnce: () => answers.push('at once'),
    monotonicMs: () => clock.shift()!,
  });
  for (const _ of timesMs) request();
  return answers;
}

test('a signal that comes twice within half a second is one request', () => {
  expect(answersAt(1000, 1001, 1499)).toEqual(['stop']);
});

test('whoever asks again later does not want to wait', () => {
  expect(answersAt(1000, 1002, 1500)).toEqual(['stop', 'at once']);
});
