/** Attacks that hold what is scarce: connections, and what is kept for each of them. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Attack, Orders, Tally } from '../attack';
import { WireDevice } from '../wire/wire-device';
import { bytes, count, countsOf, each, edgeOf, from, many, of, untilOver } from './attacking';
import { holdOpen } from './hold-open';

/** A process has this many of its descriptors for other things. */
const spareDescriptors = 500;
/** The most that a system commonly allows a process. */
const descriptors = 20_000;

/** 20,000 in all, and no more in one process than it has descriptors for. */
function connectionsOf(orders: Orders): number {
  return Math.min(Math.floor(many(orders, 20_000) / orders.processes) || 1, descriptors - spareDescriptors);
}

export const connections: Attack = {
  name: 'connections',
  summary: '20,000 connections that never register',
  processes: 2,
  async act(orders) {
    const tally: Tally = {};
    await holdOpen(orders, { total: connectionsOf(orders), atOnce: 200 }, tally, (index) =>
      WireDevice.connect(edgeOf(orders, index), from(orders)),
    );
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'opened')} opened, ${of(tally, 'most')} at once, ${of(tally, 'held')} held to the end; upgrades refused ${countsOf(tally, 'refused ')}`,
};

/** The same with ids: each connection is a device that then says nothing. */
export const registeredConnections: Attack = {
  name: 'registered-connections',
  summary: '5,000 connections, each registered under a fresh id',
  async act(orders) {
    const tally: Tally = {};
    await holdOpen(orders, { total: many(orders, 5000), atOnce: 100 }, tally, async (index) => {
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, index), from(orders));
      count(tally, `answer ${answer}`);
      return device;
    });
    return tally;
  },
  got: (tally) =>
    `answers ${countsOf(tally, 'answer ')}; ${of(tally, 'held')} held to the end; upgrades refused ${countsOf(tally, 'refused ')}`,
};

async function plainSocket(orders: Orders, index: number): Promise<Socket> {
  const socket = connect({ ...edgeOf(orders, index), localAddress: orders.address, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Holds plain sockets, doing something to each of them now and then; tells how many lived to the end. */
async function holdSockets(orders: Orders, total: number, nudge: (socket: Socket, turn: number) => void) {
  const tally: Tally = {};
  const beganMs = performance.now();
  const open = new Set<Socket>();
  await each(total, 100, tally, async (index) => {
    const socket = await plainSocket(orders, index);
    count(tally, 'opened');
    open.add(socket);
    socket.resume();
    socket.once('end', () => open.delete(socket));
    socket.once('close', () => open.delete(socket));
  });
  let turn = 0;
  const nudging = setInterval(() => {
    for (const socket of open) nudge(socket, turn);
    turn += 1;
  }, 500);
  await untilOver(orders, beganMs);
  clearInterval(nudging);
  tally.held = open.size;
  for (const socket of open) socket.resetAndDestroy();
  return tally;
}

function gotOfSockets(tally: Tally): string {
  return `${of(tally, 'opened')} opened, ${of(tally, 'held')} held to the end`;
}

const upgradeStart = 'GET /relay HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: ';

/** A request that never ends, a byte each half second. */
export const slowLoris: Attack = {
  name: 'slow-loris',
  summary: '2,000 requests that never end, a byte each half second',
  act: (orders) =>
    holdSockets(orders, many(orders, 2000), (socket, turn) => {
      socket.write(upgradeStart[turn] ?? 'x');
    }),
  got: gotOfSockets,
};

/** Connections of which the attacker has ended its half. */
export const halfOpen: Attack = {
  name: 'half-open',
  summary: '2,000 half-open sockets',
  act: (orders) =>
    holdSockets(orders, many(orders, 2000), (socket, turn) => {
      if (turn === 0) socket.end('GET /relay HTTP/1.1\r\n');
    }),
  got: gotOfSockets,
};

/** Devices that register and read nothing, each with a sender that writes to it what a minute allows. */
export const slowReaders: Attack = {
  name: 'slow-readers',
  summary: '200 devices that read nothing of what they are sent',
  async act(orders) {
    const tally: Tally = {};
    const beganMs = performance.now();
    const open: WireDevice[] = [];
    await each(many(orders, 200), 20, tally, async (index) => {
      const reader = await WireDevice.arrive(edgeOf(orders, index), { ...from(orders), pings: 'ignored' });
      reader.device.socket.pause();
      const sender = await WireDevice.arrive(edgeOf(orders, index + 1), from(orders));
      open.push(reader.device, sender.device);
      const text = 'A'.repeat(100_000);
      const sends = Array.from({ length: 5 }, () =>
        sender.device.send(reader.device.hardwareId, { encrypted_data: text, ttl: 60 }),
      );
      for (const { answer } of await Promise.all(sends)) {
        count(tally, `answer ${answer}`);
        if (answer === 'queued' || answer === 'delivered') count(tally, 'bytes', text.length);
      }
    });
    await untilOver(orders, beganMs);
    tally.held = open.filter(({ socket }) => socket.isOpen).length;
    for (const device of open) device.disconnect();
    return tally;
  },
  got: (tally) => `${bytes(of(tally, 'bytes'))} on the way; answers ${countsOf(tally, 'answer ')}`,
};
