import { expect, test } from '@jest/globals';
import { type Holder, type HolderState, leaseMs } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { type Connection, outputOf, progressOf } from '../../src/connection/connection';
import { HolderChecks } from '../../src/holders/holder-checks';
import { Sessions } from '../../src/holders/sessions';
import { connectionIn, deliveryRig, openSocket } from './edge-rig';

const count = 12_000;

function connectionOf(session: string): Connection {
  return connectionIn('registered', openSocket(), session);
}

/** Checks of one shard, in whose registry each session is said to be held when `answer` is called. */
function checksOf(connections: Connection[], askAgain: (connection: Connection) => void = () => undefined) {
  const asked: string[] = [];
  const marks: Holder['mark'][] = [];
  const waiting: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const link = { isAvailable: true, laneOf: () => 0 };
  let isOpen = false;
  const check = async (_: number, holders: Holder[]): Promise<HolderState[]> => {
    asked.push(...holders.map(({ session }) => session));
    marks.push(...holders.map(({ mark }) => mark));
    if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
    return holders.map(() => ({ status: 'holds', seq: 0 }));
  };
  const parts = deliveryRig();
  const sessions = new Sessions('n', parts.deregistrations);
  for (const connection of connections) sessions.add(connection);
  const registrations = { askAgain, recover: () => undefined };
  const monotonicMs = () => clock.nowMs;
  const checks = new HolderChecks({ ...parts, link, registry: { check }, sessions, registrations, monotonicMs });
  const { doubtful } = parts;
  const checkAll = () => {
    doubtful.addShards([0]);
    checks.checkDoubtful();
  };
  const answer = () => {
    isOpen = true;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { checks, checkAll, doubtful, asked, marks, answer, clock, link };
}

async function turns(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await new Promise(setImmediate);
}

test('after something was missed every connection of a shard is checked, however many there are', async () => {
  const connections = Array.from({ length: count }, (_, i) => connectionOf(`n.${i}.0`));
  const { checkAll, asked, answer } = checksOf(connections);
  checkAll();
  answer();
  await eventually(() => expect(asked).toHaveLength(count));
  expect(new Set(asked).size).toBe(count);
  checkAll();
  await eventually(() => expect(asked).toHaveLength(2 * count));
});

test('of which nothing is doubtful nobody asks, however often it is looked', async () => {
  const { checks, doubtful, asked, answer } = checksOf([connectionOf('n.0.0')]);
  answer();
  doubtful.addShards([1]);
  for (let second = 0; second < 100; second += 1) {
    checks.checkDoubtful();
    checks.renewLeases();
  }
  await turns();
  expect(asked).toEqual([]);
});

test('a connection whose check waits is not checked besides; one whose check is under way is: more may be lost by now', async () => {
  const connections = Array.from({ length: 1000 }, (_, i) => connectionOf(`n.${i}.0`));
  const { checkAll, asked, answer } = checksOf(connections);
  checkAll();
  await eventually(() => expect(asked).not.toHaveLength(0));
  const underWay = asked.length;
  checkAll();
  checkAll();
  answer();
  await eventually(() => expect(asked).toHaveLength(1000 + underWay));
  await turns();
  expect(asked).toHaveLength(1000 + underWay);
});

test('what failed for a connection is asked again until Redis answers, and not while Redis is away', async () => {
  const connection = connectionOf('n.0.0');
  const failing = checksOf([connection]);
  failing.link.isAvailable = false;
  failing.doubtful.addFailed(connection);
  for (let second = 0; second < 3; second += 1) failing.checks.checkDoubtful();
  await turns();
  expect(failing.asked).toEqual([]);
  failing.link.isAvailable = true;
  failing.answer();
  for (let second = 0; second < 3; second += 1) failing.checks.checkDoubtful();
  await turns();
  expect(failing.asked).toEqual(['n.0.0']);
});

test('leases are renewed at half time, a part at a time, and the longest first', async () => {
  const connections = Array.from({ length: count }, (_, i) => connectionOf(`n.${i}.0`));
  const { checks, asked, answer, clock } = checksOf(connections);
  answer();
  clock.nowMs = leaseMs / 2 - 1;
  checks.renewLeases();
  await turns();
  expect(asked).toEqual([]);
  clock.nowMs = leaseMs / 2;
  for (let round = 1; round <= 40; round += 1) {
    checks.renewLeases();
    await eventually(() => expect(asked).toHaveLength((round * count) / 40));
    await turns();
  }
  expect(asked).toEqual(connections.map(({ session }) => session));
  checks.renewLeases();
  await turns();
  expect(asked).toHaveLength(count);
});

test('a connection that holds nothing any more, as Redis has said, is checked at the end of the turn', async () => {
  const connection = connectionOf('n.0.0');
  const { doubtful, asked } = checksOf([connection]);
  doubtful.add(connection);
  doubtful.add(connection);
  await new Promise(setImmediate);
  expect(asked).toEqual(['n.0.0']);
});

test('a check tells how the socket is when Redis is asked', async () => {
  const connections = [connectionOf('n.0.0'), connectionOf('n.1.0')];
  const { checkAll, asked, marks, answer } = checksOf(connections);
  checkAll();
  outputOf(connections[1]!).isBackpressured = true;
  answer();
  await eventually(() => expect(asked).toHaveLength(2));
  expect(marks).toEqual(['writable', 'backpressured']);
});

test('a connection whose registration is unsure is asked about by a registration, and not checked besides', async () => {
  const connections = [connectionOf('n.1.0'), connectionOf('n.2.0'), connectionIn('closed')];
  progressOf(connections[1]!).restart();
  const resumed: Connection[] = [];
  const { checkAll, doubtful, asked, answer } = checksOf(connections, (connection) => resumed.push(connection));
  checkAll();
  for (const connection of connections) doubtful.add(connection); // as when Redis says so of the session before
  answer();
  await eventually(() => expect(asked).toEqual(['n.1.0']));
  expect(resumed).toEqual([connections[1], connections[1]]);
});
