import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecord, type Journal, journalMagic, readJournal } from '../../src/stores/journal-format';

const key = fc.constantFrom('a', 'b', 'c:1', 'outbox:0001');
const value = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
const writes = fc.array(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

type Step = { readonly end: number; readonly state: [string, Uint8Array][] };

/** The journal, and what it says at the end of each record. */
function journalOf(all: readonly (readonly [string, Uint8Array | undefined][])[]): { file: Buffer; steps: Step[] } {
  const parts: Uint8Array[] = [journalMagic];
  const records = new Map<string, Uint8Array>();
  const steps: Step[] = [
    { end: 0, state: [] },
    { end: journalMagic.length, state: [] },
  ];
  for (const changes of all) {
    const write = new Map(changes);
    parts.push(encodeRecord(write));
    for (const [name, bytes] of write) {
      if (bytes === undefined) records.delete(name);
      else records.set(name, bytes);
    }
    steps.push({ end: parts.reduce((sum, part) => sum + part.length, 0), state: [...records] });
  }
  return { file: Buffer.concat(parts), steps };
}

const stateOf = (file: Uint8Array) => [...readJournal(file).records];
const lastWithin = (steps: readonly Step[], length: number) => steps.filter(({ end }) => end <= length).at(-1)!;

/** Compared as a text, since a matcher for each byte of a journal takes seconds. */
function seen({ records, wholeBytes, end }: Omit<Journal, 'past'>): string {
  return JSON.stringify([[...records].map(([name, bytes]) => [name, [...bytes]]), wholeBytes, end]);
}

function told({ state, end }: Step, how: Journal['end']): string {
  return seen({ records: new Map(state), wholeBytes: end, end: how });
}

test('a journal that was cut off at any length says what its whole records say', () => {
  fc.assert(
    fc.property(writes, (all) => {
      const { file, steps } = journalOf(all);
      for (let length = 0; length <= file.length; length += 1) {
        const last = lastWithin(steps, length);
        const wanted = told(last, last.end === length || length === 0 ? 'clean' : 'unfinished');
        if (seen(readJournal(file.subarray(0, length))) !== wanted) throw new Error(`cut off at ${length}`);
      }
    }),
    { numRuns: 15 },
  );
});

test('a journal with any byte flipped says what the records before it say, and that it is damaged', () => {
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 255 }), (all, flip) => {
      const { file, steps } = journalOf(all);
      for (let at = 0; at < file.length; at += 1) {
        const damaged = Buffer.from(file);
        damaged[at]! ^= flip;
        const last = at < journalMagic.length ? steps[0]! : lastWithin(steps, at);
        if (seen(readJournal(damaged)) !== told(last, 'damaged')) throw new Error(`flipped at ${at}`);
      }
    }),
    { numRuns: 15 },
  );
});

test('zeros behind a journal, as a machine without power leaves them, are no damage', () => {
  const { file } = journalOf([[['a', Uint8Array.of(1)]]]);
  const longer = Buffer.concat([file, Buffer.alloc(5000)]);
  expect(readJournal(longer)).toMatchObject({ end: 'unfinished', wholeBytes: file.length });
  expect(stateOf(longer)).toEqual(stateOf(file));
});
