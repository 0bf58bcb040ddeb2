import { beforeEach, describe, expect, test } from '@jest/globals';
import { Books, type FleetConnection, judge, type Message } from '../../src/fleet';

// What is promised of each kind of message, and of connections; verdict.test.ts has what is promised of stored messages.

const edge = 'ws://127.0.0.1:1/relay';

let clockMs: number;
let books: Books;
let fromAlice: FleetConnection;
let toBob: FleetConnection;

beforeEach(() => {
  clockMs = 100_000;
  books = new Books(() => clockMs);
  fromAlice = books.opened('alice', edge);
  toBob = books.opened('bob', edge);
});

function send(id: string, of: Partial<Message> = {}): void {
  const message = { id, type: 'Send', sender: 'alice', recipient: 'bob', ttlSeconds: 0, dataBytes: 64 } as const;
  books.sent(fromAlice, { ...message, ...of });
}

function rotate(id: string): void {
  send(id, { type: 'KeyRotationUpdate', ttlSeconds: 300 });
}

function acked(id: string, of: 'live' | 'stored' = 'live'): void {
  books.acceptedBy(fromAlice, id, of === 'live' ? Number.NaN : clockMs + 59_000);
}

/** The titles of what was found. */
function faults(expectedCloses: readonly number[] = [], unseenMs = 0): string[] {
  const options = { endedAtMs: clockMs, expiryToleranceMs: 1000, expectedCloses, unseenMs: () => unseenMs };
  return judge(books, options).faults.map((fault) => fault.split(':')[0]!);
}

describe('what is live only', () => {
  test('and acked is lost when it does not come, however long it may take', () => {
    send('1');
    acked('1');
    clockMs += 10_000_000;
    expect(faults()).toEqual(['accepted and lost']);
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
  });

  test.each([
    { when: 'soon after', afterMs: 4900, found: [] },
    { when: 'long after', afterMs: 5100, found: ['accepted and lost'] },
  ])('may be gone with a connection of its recipient that closed $when its ack', ({ afterMs, found }) => {
    send('1');
    acked('1');
    clockMs += afterMs;
    books.closed(toBob, 1006);
    expect(faults()).toEqual(found);
  });

  test('and refused may come, but not on a connection that was opened later', () => {
    send('1');
    books.refusedBy(fromAlice, '1', 404);
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
    toBob = books.opened('bob', edge);
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual(['live only and delivered later']);
  });

  test('and not answered on one connection may come late from there, whatever was answered on another', () => {
    send('1');
    fromAlice = books.opened('alice', edge);
    send('1');
    books.refusedBy(fromAlice, '1', 503);
    books.received(books.opened('bob', edge), '1', 'intact');
    expect(faults()).toEqual([]);
  });

  test('comes behind what was acked before it was sent', () => {
    send('1', { ttlSeconds: 59 });
    acked('1', 'stored');
    send('2');
    acked('2');
    for (const id of ['2', '1']) books.received(toBob, id, 'intact');
    expect(faults()).toEqual(['delivered out of order']);
  });

  test('comes behind what was acked before it on its connection; the frames of two may be read in any order', () => {
    const toBobAgain = books.opened('bob', edge);
    for (const id of ['1', '2', '3']) {
      send(id);
      acked(id);
    }
    books.received(toBobAgain, '2', 'intact');
    books.received(toBob, '1', 'intact');
    books.received(toBobAgain, '3', 'intact');
    expect(faults()).toEqual([]);
    for (const id of ['4', '5']) {
      send(id);
      acked(id);
    }
    for (const id of ['5', '4']) books.received(toBobAgain, id, 'intact');
    expect(faults()).toEqual(['delivered out of order']);
  });

  test('has no expiry, and what is stored has one', () => {
    send('1');
    acked('1', 'stored');
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual(['said without reason']);
  });

  test('of another type may get lost, and never comes twice, on whatever connection', () => {
    send('1', { type: 'AuthRequest' });
    send('2', { type: 'AuthSuccess' });
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
    books.received(books.opened('bob', edge), '1', 'intact');
    expect(faults()).toEqual(['live only and delivered twice']);
  });
});

describe('a key rotation', () => {
  test('is owed when what was stored behind it is acked, and not before', () => {
    rotate('7');
    send('1', { ttlSeconds: 59 });
    expect(faults()).toEqual([]);
    acked('1', 'stored');
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual(['accepted and lost']);
    books.received(toBob, '7', 'intact');
    expect(faults()).toEqual(['delivered out of order']);
  });

  test('may get lost when something without an id was refused behind it, and when its time is over', () => {
    rotate('7');
    books.refusedUnnamed(fromAlice, 503, 'away');
    send('1', { ttlSeconds: 59 });
    acked('1', 'stored');
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
    rotate('8');
    send('2', { ttlSeconds: 59 });
    acked('2', 'stored');
    books.received(toBob, '2', 'intact');
    expect(faults()).toEqual(['accepted and lost']);
    clockMs += 300_000;
    expect(faults()).toEqual([]);
  });

  test('is not told by the ack of what is live only, which is no part of the queue', () => {
    rotate('7');
    send('1');
    acked('1');
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
  });
});

test('of what has no id either of two may have been refused', () => {
  rotate('7');
  send('1', { type: 'AuthVerify' });
  books.refusedUnnamed(fromAlice, 503, 'away');
  books.refusedUnnamed(fromAlice, 202, 'queued');
  expect(faults()).toEqual([]);
  books.refusedUnnamed(fromAlice, 503, 'away');
  expect(faults()).toEqual(['said without reason']);
});

test('a refusal without an id needs something that it can be about', () => {
  send('1', { type: 'AuthVerify' });
  books.refusedUnnamed(fromAlice, 202, 'queued');
  rotate('7');
  for (const code of [404, 404, 400]) books.refusedUnnamed(fromAlice, code, 'refused');
  expect(faults()).toEqual(['said without reason', 'said without reason', 'said without reason']);
});

test('what is right in itself is not refused for its form, nor told that its recipient is away when it can wait', () => {
  for (const [id, code] of [
    ['1', 400],
    ['2', 404],
    ['3', 503],
  ] as const) {
    send(id, { ttlSeconds: 59 });
    books.refusedBy(fromAlice, id, code);
  }
  expect(faults()).toEqual(['said without reason', 'said without reason']);
});

describe('a connection that the relay closes', () => {
  test('with 4001 has a newer one beside it, or one that was there a moment ago', () => {
    const rival = books.opened('bob', edge);
    books.closed(toBob, 4001);
    expect(faults()).toEqual([]);
    books.closed(rival, 1000);
    toBob = books.opened('bob', edge);
    clockMs += 900;
    books.closed(toBob, 4001);
    expect(faults()).toEqual([]);
    toBob = books.opened('bob', edge);
    clockMs += 1700;
    books.closed(toBob, 4001);
    expect(faults()).toEqual(['closed without reason']);
    expect(faults([], 200)).toEqual([]); // so long nobody looked
  });

  test('with 4001 may have had one beside it that left, and asked an edge that was held up', () => {
    books.closed(books.opened('bob', edge), 1000);
    clockMs += 2500;
    books.closed(toBob, 4001);
    expect(faults()).toEqual([]);
    toBob = books.opened('bob', edge);
    clockMs += 200;
    books.closed(books.opened('bob', edge), 1000);
    clockMs += 2700;
    books.closed(toBob, 4001);
    expect(faults()).toEqual(['closed without reason']);
  });

  test.each([1008, 1009, 1012, 1013, 4008])('with %d was to be expected', (code) => {
    books.closed(toBob, code);
    expect(faults()).toEqual(['closed without reason']);
    expect(faults([code])).toEqual([]);
  });

  test('with 1013 had asked to register in vain, or was to be expected', () => {
    const refused = books.opened('bob', edge);
    books.asked(refused, 'attempt');
    books.refusedUnnamed(refused, 503, 'try again');
    books.closed(refused, 1013);
    expect(faults()).toEqual([]);
    const served = books.opened('bob', edge);
    books.registered(served, 0);
    books.closed(served, 1013);
    expect(faults()).toEqual(['closed without reason']);
  });

  test.each([1000, 1006])('with %d did what networks and devices do', (code) => {
    books.closed(toBob, code);
    expect(faults()).toEqual([]);
  });
});

describe('a device that lists whom it takes messages from', () => {
  beforeEach(() => books.lists('bob', new Set(['carol'])));
  const list = () => books.listed(toBob);

  test.each(['Send', 'KeyRotationUpdate'] as const)(
    'is not to be handed a %s of anybody else, once the relay has said so',
    (type) => {
      send('1', { type });
      list();
      send('2', { type });
      books.received(toBob, '1', 'intact');
      expect(faults()).toEqual([]);
      books.received(toBob, '2', 'intact');
      expect(faults()).toContain('said without reason');
    },
  );

  test('is handed what a contact sends, and of anybody what pairs two devices', () => {
    list();
    send('1', { sender: 'carol' });
    send('2', { type: 'AuthRequest' });
    books.received(toBob, '1', 'intact');
    books.received(toBob, '2', 'intact');
    expect(faults()).toEqual([]);
  });

  test('may refuse anybody else, and is not to take what is refused on one attempt only', () => {
    list();
    send('1');
    send('2', { ttlSeconds: 60 });
    books.refusedBy(fromAlice, '1', 404);
    books.refusedBy(fromAlice, '2', 507);
    expect(faults()).toEqual([]);
    send('3');
    acked('3');
    expect(faults()).toContain('said without reason');
  });

  test('takes what was sent before it listed anybody, however late it is answered', () => {
    send('1', { ttlSeconds: 60 });
    list();
    send('1', { ttlSeconds: 60 });
    acked('1', 'stored');
    books.received(toBob, '1', 'intact');
    expect(faults()).toEqual([]);
  });
});

test('who proves its key is never to be told that it did not', () => {
  books.asked(toBob, 'attempt');
  books.refusedUnnamed(toBob, 401, 'not proven');
  expect(faults()).toEqual(['said without reason']);
});

test('a change of contacts may be refused for a while', () => {
  books.asked(toBob, 'contacts');
  books.refusedUnnamed(toBob, 503, 'later');
  expect(faults()).toEqual([]);
  books.refusedUnnamed(toBob, 503, 'once more');
  expect(faults()).toEqual(['said without reason']);
});
