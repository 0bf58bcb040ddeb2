import { beforeEach, describe, expect, test } from '@jest/globals';
import { Absences, Books, type FleetConnection, judge, type Message } from '../../src/fleet';

// The judge is trusted by all fault tests: it must find each broken promise, and only those.

const edge = 'ws://127.0.0.1:1/relay';
const expiresAtMs = 60_000;

let clockMs: number;
let books: Books;
let fromAlice: FleetConnection;
let toBob: FleetConnection;

beforeEach(() => {
  clockMs = 1000;
  books = new Books(() => clockMs);
  fromAlice = books.opened('alice', edge);
  toBob = books.opened('bob', edge);
});

function message(id: string): Message {
  return { id, sender: 'alice', recipient: 'bob', ttlSeconds: 59, dataBytes: 64, type: 'Send' };
}

function sendAll(...ids: string[]): void {
  for (const id of ids) books.sent(fromAlice, message(id));
}

function acceptAll(...ids: string[]): void {
  for (const id of ids) books.acceptedBy(fromAlice, id, expiresAtMs);
}

function deliverAll(...ids: string[]): void {
  for (const id of ids) books.received(toBob, id, 'intact');
}

/** The titles of what was found. */
function faults(endedAtMs = clockMs): string[] {
  return judge(books, { endedAtMs, expiryToleranceMs: 1000 }).faults.map((fault) => fault.split(':')[0]!);
}

test('messages that are delivered once each and in order are no fault', () => {
  sendAll('1', '2', '3');
  acceptAll('1', '2', '3');
  deliverAll('1', '2', '3');
  expect(faults()).toEqual([]);
});

describe('what was accepted', () => {
  test('and is not delivered is lost, unless it expired', () => {
    sendAll('1', '2');
    acceptAll('1', '2');
    deliverAll('1');
    expect(faults()).toEqual(['accepted and lost']);
    expect(faults(expiresAtMs)).toEqual([]);
  });

  test('and expired must not be delivered any more', () => {
    sendAll('1');
    acceptAll('1');
    clockMs = expiresAtMs + 1001;
    deliverAll('1');
    expect(faults()).toEqual(['delivered after expiry']);
  });

  test('and found in a socket late, because nobody looked there, may have come in time', () => {
    const absences = new Absences(() => clockMs);
    absences.stop();
    sendAll('1', '2');
    acceptAll('1', '2');
    clockMs = expiresAtMs - 500;
    absences.look();
    clockMs = expiresAtMs + 2000;
    absences.look();
    deliverAll('1');
    const options = { expiryToleranceMs: 1000, unseenMs: (from: number, to: number) => absences.within(from, to) };
    expect(judge(books, { endedAtMs: clockMs, ...options }).faults).toEqual([]);

    clockMs += 1001; // while somebody looked
    deliverAll('2');
    expect(judge(books, { endedAtMs: clockMs, ...options }).faults).toEqual([
      expect.stringMatching(/^delivered after/),
    ]);
  });

  test('may come again on another connection, and not on the same', () => {
    sendAll('1');
    acceptAll('1');
    deliverAll('1');
    toBob = books.opened('bob', edge);
    deliverAll('1');
    expect(faults()).toEqual([]);
    deliverAll('1');
    expect(faults()).toEqual(['delivered twice on one connection']);
  });
});

test('what was refused or never answered may be delivered or not', () => {
  sendAll('1', '2', '3', '4');
  books.refusedBy(fromAlice, '1', 503);
  books.refusedBy(fromAlice, '2', 503);
  deliverAll('1', '3');
  expect(faults()).toEqual([]);
});

describe('order', () => {
  test('of two messages on one connection is that of their acks', () => {
    sendAll('1', '2');
    acceptAll('1', '2');
    deliverAll('2', '1');
    expect(faults()).toEqual(['delivered out of order']);
  });

  test('of two messages on two connections is known when one was acked before the other was sent', () => {
    sendAll('1');
    acceptAll('1');
    fromAlice = books.opened('alice', edge);
    sendAll('2');
    acceptAll('2');
    deliverAll('2', '1');
    expect(faults()).toEqual(['delivered out of order']);
  });

  test('of a message that was sent again is unknown among those sent meanwhile', () => {
    sendAll('1');
    fromAlice = books.opened('alice', edge);
    sendAll('2', '1');
    acceptAll('2', '1');
    deliverAll('1', '2');
    expect(faults()).toEqual([]);
  });

  test('counts for first deliveries only', () => {
    sendAll('1', '2');
    acceptAll('1', '2');
    deliverAll('1', '2');
    toBob = books.opened('bob', edge);
    deliverAll('1', '2');
    expect(faults()).toEqual([]);
  });

  test('is found wrong also among many', () => {
    const ids = Array.from({ length: 100 }, (_, i) => String(i));
    sendAll(...ids);
    acceptAll(...ids);
    deliverAll(...ids.slice(0, 40), ...ids.slice(41, 60), '40', ...ids.slice(60));
    expect(faults()).toHaveLength(11); // ten, and how many more
  });
});

test('damaged, misdirected and invented messages and answers are found', () => {
  sendAll('1');
  acceptAll('1', '1');
  books.received(toBob, '1', 'damaged');
  books.received(fromAlice, '1', 'intact');
  books.received(toBob, '2', 'intact');
  expect(faults()).toEqual(['delivered damaged', 'said without reason', 'said without reason', 'said without reason']);
});
