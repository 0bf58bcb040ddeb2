import { expect, test } from '@jest/globals';
import type { Holder, HolderState } from '@openrelay/state';
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
  const checks = new HolderChecks({ ...parts, registry: { check }, sessions, registrations });
  const answer = () => {
    isOpen = true;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { checks, doubtful: parts.doubtful, asked, marks, answer };
}

test('every connection of a shard is checked, however many there are', async () => {
  const connections = Array.from({ length: count }, (_, i) => connectionOf(`n.${i}.0`));
  const { checks, asked, answer } = checksOf(connections);
  checks.checkAll();
  answer();
  await eventually(() => expect(asked).toHaveLength(count));
  expect(new Set(asked).size).toBe(count);
  checks.checkAll();
  await eventually(() => expect(asked).toHaveLength(2 * count));
});

test('a connection whose check still waits is not checked besides', async () => {
  const connections = Array.from({ length: 1000 }, (_, i) => connectionOf(`n.${i}.0`));
  const { checks, doubtful, asked, answer } = checksOf(connections);
  checks.checkAll();
  await eventually(() => expect(asked).not.toHaveLength(0));
  checks.checkAll();
  doubtful.add(connections[0]!);
  await new Promise(setImmediate);
  answer();
  await eventually(() => expect(asked).toHaveLength(1000));
  await new Promise(setImmediate);
  expect(asked).toHaveLength(1000);
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
  const { checks, asked, marks, answer } = checksOf(connections);
  checks.checkAll();
  outputOf(connections[1]!).isBackpressured = true;
  answer();
  await eventually(() => expect(asked).toHaveLength(2));
  expect(marks).toEqual(['writable', 'backpressured']);
});

test('a connection whose registration is unsure is asked about by a registration, and not checked besides', async () => {
  const connections = [connectionOf('n.1.0'), connectionOf('n.2.0'), connectionIn('closed')];
  progressOf(connections[1]!).restart();
  const resumed: Connection[] = [];
  const { checks, doubtful, asked, answer } = checksOf(connections, (connection) => resumed.push(connection));
  checks.checkAll();
  for (const connection of connections) doubtful.add(connection); // as when Redis says so of the session before
  answer();
  await eventually(() => expect(asked).toEqual(['n.1.0']));
  expect(resumed).toEqual([connections[1], connections[1]]);
});
