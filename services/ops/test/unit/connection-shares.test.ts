import { Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { ConnectionShares, graceMs } from '../../src/access/connection-shares';

const limits = { mostConnections: 6, mostOfAddress: 3, mostKept: 2, mostSockets: 12 };

/** Connections of an address, as they come, each with a name. */
function rig() {
  const shares = new ConnectionShares(limits);
  const open: string[] = [];
  const admit = (address: string, ...names: string[]) =>
    names.map((name) => {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
      socket.once('close', () => open.splice(open.indexOf(name), 1));
      open.push(name);
      shares.admit(socket);
      return socket;
    });
  const come = async (address: string, ...names: string[]) => {
    const sockets = admit(address, ...names);
    await pause(graceMs + 20);
    for (let turns = 0; turns < 3; turns += 1) await turn();
    return sockets;
  };
  return { shares, open, admit, come };
}

test('one address has no more than its share, though there is room', async () => {
  const { open, come } = rig();
  await come('a', 'a1', 'a2', 'a3', 'a4');
  expect(open).toEqual(['a2', 'a3', 'a4']);
});

test('who asks for something is closed after those of its address that do not', async () => {
  const { shares, open, come } = rig();
  const [first] = await come('a', 'a1', 'a2', 'a3');
  shares.used(first!);
  await come('a', 'a4');
  expect(open).toEqual(['a1', 'a3', 'a4']);
});

test('when there is no room, the address that has the most gives, and nobody who is kept', async () => {
  const { shares, open, come } = rig();
  const [first] = await come('a', 'a1', 'a2', 'a3');
  shares.keep(first!);
  await come('b', 'b1', 'b2');
  await come('c', 'c1', 'c2');
  expect(open).toEqual(['a1', 'a3', 'b1', 'b2', 'c1', 'c2']);
});

test('each newcomer has the whole moment to ask, however many come with it', () => {
  jest.useFakeTimers();
  try {
    const { admit } = rig();
    admit('a', 'first');
    jest.advanceTimersByTime(graceMs - 20);
    const [late] = admit('a', 'late', 'a1', 'a2', 'a3');
    jest.advanceTimersByTime(graceMs - 10);
    expect(late!.destroyed).toBe(false);
    jest.advanceTimersByTime(20);
    expect(late!.destroyed).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});
