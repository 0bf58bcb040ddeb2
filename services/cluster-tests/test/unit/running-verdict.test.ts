import { beforeEach, expect, test } from '@jest/globals';
import { Books, type FleetConnection, RunningVerdict } from '../../src/fleet';

// A soak is judged in pieces: what is forgotten on the way must count as if it had been kept.

const minuteMs = 60_000;

let clockMs: number;
let books: Books;
let verdict: RunningVerdict;
let fromAlice: FleetConnection;
let toBob: FleetConnection;

beforeEach(() => {
  clockMs = 1000;
  books = new Books(() => clockMs);
  verdict = new RunningVerdict(books, { expiryToleranceMs: 1000 });
  fromAlice = books.opened('alice', 'ws://127.0.0.1:1/relay');
  toBob = books.opened('bob', 'ws://127.0.0.1:1/relay');
});

function acceptAll(...ids: string[]): void {
  for (const id of ids) {
    books.sent(fromAlice, { id, sender: 'alice', recipient: 'bob', ttlSeconds: 600, dataBytes: 64, type: 'Send' });
    books.acceptedBy(fromAlice, id, clockMs + 10 * minuteMs);
  }
}

function deliverAll(...ids: string[]): void {
  for (const id of ids) books.received(toBob, id, 'intact');
}

function reviewAfter(ms: number): void {
  clockMs += ms;
  verdict.review(clockMs);
}

test('what was delivered a minute ago is forgotten, and counts', () => {
  acceptAll('1', '2');
  deliverAll('1');
  reviewAfter(minuteMs - 1);
  expect([...books.messages.keys()]).toEqual(['1', '2']);
  reviewAfter(2);
  expect([...books.messages.keys()]).toEqual(['2']);
  deliverAll('2');
  const { figures, faults } = verdict.conclude(clockMs);
  expect(figures).toMatchObject({ connections: 2, sent: 2, accepted: 2, delivered: 2 });
  expect(faults).toEqual([]);
});

test('what is owed is never forgotten, nor what overtook it', () => {
  acceptAll('1', '2');
  deliverAll('2');
  reviewAfter(5 * minuteMs);
  deliverAll('1');
  expect(verdict.conclude(clockMs).faults).toEqual([expect.stringMatching(/^delivered out of order: Send 1 /)]);
});

test('what expired undelivered is forgotten, and counts as expired', () => {
  acceptAll('1');
  reviewAfter(12 * minuteMs);
  expect(books.messages.size).toBe(0);
  expect(verdict.conclude(clockMs)).toMatchObject({ figures: { accepted: 1, expired: 1 }, faults: [] });
});

test('a fault in what is forgotten is told once', () => {
  acceptAll('1');
  deliverAll('1', '1');
  reviewAfter(1);
  reviewAfter(2 * minuteMs);
  expect(books.messages.size).toBe(0);
  expect(verdict.conclude(clockMs).faults).toEqual([expect.stringMatching(/^delivered twice on one connection: /)]);
});
