import { beforeEach, expect, test } from '@jest/globals';
import { longestAbsenceMs } from '../../src/compose/absence';
import { Books, type FleetConnection } from '../../src/fleet';

let nowMs: number;
let books: Books;

beforeEach(() => {
  nowMs = 0;
  books = new Books(() => nowMs);
});

function open(device: string): FleetConnection {
  return books.opened(device, 'ws://edge/relay');
}

function register(connection: FleetConnection, atMs: number): void {
  nowMs = atMs;
  books.registered(connection, 0);
}

function close(connection: FleetConnection, atMs: number): void {
  nowMs = atMs;
  books.closed(connection, 1006);
}

test('the longest absence goes from the end of a registered connection to the next registration, over attempts that failed', () => {
  const first = open('A');
  register(first, 0);
  close(first, 100);
  close(open('A'), 150);
  register(open('A'), 400);
  expect(longestAbsenceMs(books.connections)).toBe(300);
});

test('the longest absence is that of one device: who stays does not end the absence of another', () => {
  const first = open('A');
  register(first, 0);
  close(first, 100);
  register(open('B'), 200);
  register(open('A'), 1000);
  expect(longestAbsenceMs(books.connections)).toBe(900);
});

test('the longest absence is 0 where nobody was away', () => {
  register(open('A'), 500);
  expect(longestAbsenceMs(books.connections)).toBe(0);
});
