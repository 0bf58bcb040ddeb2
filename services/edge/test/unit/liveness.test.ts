import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Connection } from '../../src/connection/connection';
import { Liveness } from '../../src/holders/liveness';
import { openSocket } from './edge-rig';

let nowMs: number;
let pings: string[];
let closed: string[];
let done: number;
let liveness: Liveness;
let connection: Connection;

beforeEach(() => {
  jest.useFakeTimers();
  [nowMs, pings, closed, done] = [1000, [], [], 0];
  liveness = new Liveness(() => nowMs);
  const socket = {
    ...openSocket(),
    ping: (text: string) => void pings.push(text),
    close: (code: string) => void closed.push(code),
  };
  connection = new Connection(socket, 'json', nowMs);
});

afterEach(() => {
  jest.useRealTimers();
});

function holdUp(ms = 2000): void {
  nowMs += ms;
  liveness.look();
}

function attempt(): void {
  liveness.whenThere(connection, () => {
    done += 1;
  });
}

test('a process that was not held up asks for nothing', () => {
  attempt();
  expect({ pings, done }).toEqual({ pings: [], done: 1 });
});

test('after it was held up a connection takes its device when it has answered, and is closed when it has not within 3 s', () => {
  holdUp();
  attempt();
  liveness.ponged(connection, 'the answer to another ping');
  expect(done).toBe(0);
  liveness.ponged(connection, pings[0]!);
  expect({ pings: pings.length, done }).toEqual({ pings: 1, done: 1 });
  holdUp();
  attempt();
  jest.advanceTimersByTime(3001);
  expect({ closed, done }).toEqual({ closed: ['tryLater'], done: 1 });
});

test('held up again, it asks again, and the device has the whole time once more', () => {
  holdUp();
  attempt();
  jest.advanceTimersByTime(2900);
  holdUp(2900);
  liveness.ponged(connection, pings[0]!);
  jest.advanceTimersByTime(2900);
  expect({ pings: pings.length, closed, done }).toEqual({ pings: 2, closed: [], done: 0 });
  liveness.ponged(connection, pings[1]!);
  expect({ pings: pings.length, closed, done }).toEqual({ pings: 2, closed: [], done: 1 });
});
