import { describe, expect, test } from '@jest/globals';
import { longestAbsenceMs } from '../../src/compose/absence';
import { Books } from '../../src/fleet';

function books() {
  let nowMs = 0;
  const kept = new Books(() => nowMs);
  const at = (ms: number) => {
    nowMs = ms;
  };
  return { kept, at };
}

describe('the longest absence', () => {
  test('goes from the end of a registered connection to the next registration, over attempts that failed', () => {
    const { kept, at } = books();
    const first = kept.opened('A', 'ws://edge/relay');
    kept.registered(first, 0);
    at(100);
    kept.closed(first, 1012);
    at(150);
    kept.closed(kept.opened('A', 'ws://edge/relay'), 1006);
    at(400);
    kept.registered(kept.opened('A', 'ws://edge/relay'), 0);
    expect(longestAbsenceMs(kept.connections)).toBe(300);
  });

  test('is that of one device: who stays does not end the absence of another', () => {
    const { kept, at } = books();
    const first = kept.opened('A', 'ws://edge/relay');
    kept.registered(first, 0);
    at(100);
    kept.closed(first, 1006);
    at(200);
    kept.registered(kept.opened('B', 'ws://edge/relay'), 0);
    at(1000);
    kept.registered(kept.opened('A', 'ws://edge/relay'), 0);
    expect(longestAbsenceMs(kept.connections)).toBe(900);
  });

  test('is 0 where nobody was away', () => {
    const { kept, at } = books();
    at(500);
    kept.registered(kept.opened('A', 'ws://edge/relay'), 0);
    expect(longestAbsenceMs(kept.connections)).toBe(0);
  });
});
