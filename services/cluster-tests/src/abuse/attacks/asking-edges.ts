/** Attacks on the pages of edges, which anybody may ask for. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Attack, Orders, Tally } from '../attack';
import { bytes, count, countsOf, edgeOf, many, of, repeat } from './attacking';

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: edge\r\n\r\n`;

async function edgeSocket(orders: Orders, index: number): Promise<Socket> {
  const socket = connect({ ...edgeOf(orders, index), localAddress: orders.address, noDelay: true });
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** Answered with the status; 0: the edge cut the connection. Bodies are told by their length. */
async function answerTo(socket: Socket, text: string, tally: Tally): Promise<number> {
  let received = 0;
  let needed = Number.POSITIVE_INFINITY;
  let head = '';
  const whole = new Promise<void>((resolve) => {
    const take = (piece: Buffer) => {
      received += piece.length;
      if (needed === Number.POSITIVE_INFINITY) {
        head += piece.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end >= 0) needed = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      }
      if (received < needed) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
  });
  socket.write(text);
  await Promise.race([whole, once(socket, 'close')]);
  count(tally, 'bytes', received);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
}

/** One request after the other, on connections that stay for as long as they may. */
function pageFlood(name: string, summary: string, path: string): Attack {
  return {
    name,
    summary,
    async act(orders) {
      const tally: Tally = {};
      await repeat(orders, many(orders, 64), tally, async (runner, isOver) => {
        const socket = await edgeSocket(orders, runner);
        while (!socket.destroyed && !isOver()) {
          count(tally, `status ${await answerTo(socket, request(path), tally)}`);
        }
        socket.resetAndDestroy();
      });
      return tally;
    },
    got: (tally) => `answers ${countsOf(tally, 'status ')}; ${bytes(of(tally, 'bytes'))}`,
  };
}

export const metricsFlood = pageFlood('metrics-flood', "requests for an edge's /metrics", '/metrics');
export const pageFileFlood = pageFlood('page-flood', "requests for the page's largest file", '/app/page.js');

/** Writes ahead of the answers, as much as there is room for. */
export const pipelinedRequests: Attack = {
  name: 'pipelined-requests',
  summary: 'pipelined requests to an edge',
  async act(orders) {
    const tally: Tally = {};
    const piece = request('/health').repeat(1000);
    await repeat(orders, many(orders, 8), tally, async (runner, isOver) => {
      const socket = await edgeSocket(orders, runner);
      socket.on('data', (bytes: Buffer) => count(tally, 'bytes', bytes.length));
      count(tally, 'connections');
      while (!socket.destroyed && !isOver()) {
        count(tally, 'requests', 1000);
        if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
        // So that a close is noticed.
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.resetAndDestroy();
    });
    return tally;
  },
  got: (tally) =>
    `${of(tally, 'requests')} requests on ${of(tally, 'connections')} connections; ${bytes(of(tally, 'bytes'))} of answers`,
};
