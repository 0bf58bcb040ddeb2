import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ComeBack } from '../../src/connection/come-back';
import { RelayError } from '../../src/index';

const code = fc.constantFrom(1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1013, 4008, 4999);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('whatever closes a connection, how often ever: a device waits no longer than 70 s, and says why in a sentence', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(code, random), { maxLength: 100 }), (closes) => {
      let chance = 0;
      const comeBack = new ComeBack(() => chance);
      for (const [each, next] of closes) {
        chance = next;
        const answer = comeBack.next({ closed: { code: each, reason: '' } }, 1_000);
        if (answer.do === 'stop') throw new Error(`${each} stops it`);
        expect(answer.why).toMatch(/^[A-Z].*\.$/);
        expect(answer.delayMs).toBeGreaterThanOrEqual(0);
        expect(answer.delayMs).toBeLessThanOrEqual(70_000);
      }
    }),
    { numRuns: 50 },
  );
});

test('delays double up to a minute, and begin anew after a connection that lasted, and where a person waits', () => {
  const comeBack = new ComeBack(() => 0.999_999);
  const lost = { closed: { code: 1006, reason: '' } };
  const delays = Array.from({ length: 9 }, () => delayOf(comeBack, 0));
  expect(delays.map((delay) => Math.ceil(delay / 500))).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120]);
  comeBack.connected(0);
  expect(delayOf(comeBack, 29_999)).toBeGreaterThan(50_000);
  comeBack.connected(0);
  expect(delayOf(comeBack, 30_000)).toBeLessThan(500);
  for (let failures = 0; failures < 9; failures += 1) delayOf(comeBack, 30_000);
  comeBack.forgetFailures();
  expect(delayOf(comeBack, 30_000)).toBeLessThan(500);

  function delayOf(policy: ComeBack, nowMs: number): number {
    const next = policy.next(lost, nowMs);
    return next.do === 'wait' ? next.delayMs : Number.NaN;
  }
});

test('a pause that the relay asks for is kept whole', () => {
  const comeBack = new ComeBack(() => 0);
  const refused = new RelayError(429, 'Too often.', { retryAfterMs: 42_000 });
  expect(comeBack.next({ refused }, 0)).toMatchObject({ do: 'wait', delayMs: 42_000, code: 429 });
  expect(comeBack.next({ closed: { code: 4008, reason: '' } }, 0)).toMatchObject({ delayMs: 60_000 });
});

test('another device that takes the id now and then does not stop this one; three times in a minute do', () => {
  const taken = { closed: { code: 4001, reason: '' } };
  const comeBack = new ComeBack(() => 0);
  for (let minutes = 0; minutes < 10; minutes += 1) {
    expect(comeBack.next(taken, minutes * 60_000)).toMatchObject({ do: 'wait' });
    expect(comeBack.next(taken, minutes * 60_000 + 1)).toMatchObject({ do: 'wait' });
  }
  expect(comeBack.next(taken, 9 * 60_000 + 2)).toMatchObject({ do: 'stop', code: 4001 });
});

test('a key that does not sign is a failure that is tried again, and told', () => {
  const comeBack = new ComeBack(() => 0);
  const next = comeBack.next({ refused: new Error('The keyring is locked.') }, 0);
  expect(next).toMatchObject({ do: 'wait', why: 'This device could not register: The keyring is locked.' });
});
