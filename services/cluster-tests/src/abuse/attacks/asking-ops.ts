/** Attacks on ops by somebody who has no token. Whether its operator is served meanwhile is for who watches to say. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Attack, Orders, Tally } from '../attack';
import { count, countsOf, each, from, many, of, repeat, untilOver } from './attacking';

const request = 'GET / HTTP/1.1\r\nHost: ops\r\n\r\n';

async function opsSocket(orders: Orders): Promise<Socket> {
  const socket = connect({ ...orders.ops, localAddress: from(orders).address! });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** The status of each answer that comes. */
function countAnswers(socket: Socket, tally: Tally): void {
  socket.on('data', (bytes: Buffer) => {
    for (const [, status] of bytes.toString('latin1').matchAll(/HTTP\/1\.1 (\d+)/g)) count(tally, `status ${status}`);
  });
}

export const opsConnections: Attack = {
  name: 'ops-connections',
  summary: '500 connections to ops without a token',
  async act(orders) {
    const tally: Tally = {};
    const beganMs = performance.now();
    const open = new Set<Socket>();
    await each(many(orders, 500), 50, tally, async () => {
      const socket = await opsSocket(orders);
      countAnswers(socket, tally);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    // Alive enough not to be idle.
    const asking = setInterval(() => {
      for (const socket of open) socket.write(request);
    }, 500);
    await untilOver(orders, beganMs);
    clearInterval(asking);
    tally.held = open.size;
    for (const socket of open) socket.resetAndDestroy();
    return tally;
  },
  got: (tally) => `${of(tally, 'held')} held to the end; answers ${countsOf(tally, 'status ')}`,
};

/** As many requests as get through, on connections that stay and on new ones. */
export const opsFlood: Attack = {
  name: 'ops-flood',
  summary: 'requests to ops without a token, pipelined',
  async act(orders) {
    const tally: Tally = {};
    const piece = request.repeat(50);
    await repeat(orders, many(orders, 16), tally, async (_, isOver) => {
      const socket = await opsSocket(orders);
      countAnswers(socket, tally);
      while (!socket.destroyed && !isOver()) {
        count(tally, 'requests', 50);
        if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      socket.resetAndDestroy();
    });
    return tally;
  },
  got: (tally) => `${of(tally, 'requests')} requests; answers ${countsOf(tally, 'status ')}`,
};
