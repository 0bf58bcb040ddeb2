import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { added, countedIn, createMetrics, exposition, histogramIn } from '../../src/index';
import { parseStrictly } from '../unit/strict-text';

/** Names as scripts have them, and others that the form of fields must bear. */
const label = fc.oneof(fc.constantFrom('message_accept', 'sum', 'le', 'a:le:1', 'inf'), fc.string({ minLength: 1 }));
const deed = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), label, amount: fc.nat(1000) }),
  fc.record({ kind: fc.constant('observe' as const), label, amount: fc.double({ min: 0, max: 20, noNaN: true }) }),
);

test('any counts and observations come through their fields, in steps or at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 40 }), fc.nat(40), async (deeds, at) => {
      const metrics = createMetrics();
      const act = ({ kind, label, amount }: (typeof deeds)[number]) => {
        if (kind === 'call') metrics.add('script_calls', amount, label);
        else metrics.observe('script_duration_seconds', amount, label);
      };
      deeds.slice(0, at).forEach(act);
      const halfway = metrics.snapshot();
      deeds.slice(at).forEach(act);
      const whole = metrics.snapshot();
      const { counts, sum } = histogramIn(whole, 'script_duration_seconds');
      const observed = deeds.filter(({ kind }) => kind === 'observe');
      expect(counts.reduce((all, count) => all + count, 0)).toBe(observed.length);
      expect(sum).toBeCloseTo(observed.reduce((all, { amount }) => all + amount, 0));

      const step = added(halfway, whole);
      for (const [field, amount] of whole)
        expect((halfway.get(field) ?? 0) + (step.get(field) ?? 0)).toBeCloseTo(amount);

      const families = parseStrictly(await exposition({}, countedIn(whole)));
      const shown = families.get('openrelay_script_calls_total')!.samples.values();
      const called = deeds.filter(({ kind }) => kind === 'call').reduce((all, { amount }) => all + amount, 0);
      expect([...shown].reduce((all, count) => all + count, 0)).toBe(called);
    }),
    { numRuns: 100, interruptAfterTimeLimit: 5000, markInterruptAsFailure: false },
  );
});
