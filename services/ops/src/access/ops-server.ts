import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionShares } from './connection-shares';
import { RequestPace } from './request-pace';

/** A request must have come whole by then; no request here has a body. */
const requestMs = 5000;
/** How long a connection may wait for its next request… */
const idleMs = 5000;
/** …and how long an answer may wait for a client that reads nothing. */
const stalledMs = 10_000;
/** How often the first two are looked at. */
const lookMs = 1000;
/** Of one address, in a second. A page that is opened asks for 30 files. */
const mostRequests = 200;

/** Serves many who ask for little; nobody can have all of it. Node's own times are in minutes, and its pipelines have no end. */
export function createOpsServer(handle: RequestListener, shares: ConnectionShares): Server {
  const pace = new RequestPace(mostRequests);
  const server = createServer(
    {
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: lookMs,
    },
    (request, response) => {
      shares.used(request.socket);
      handle(request, response);
    },
  );
  server.timeout = stalledMs;
  server.on('connection', (socket) => {
    shares.admit(socket);
    readInTurn(socket, pace);
  });
  return server;
}

/** Puts itself before node's reader, which would begin every request of a pipeline at once. */
function readInTurn(socket: Socket, pace: RequestPace): void {
  const address = socket.remoteAddress ?? '';
  const readers = socket.listeners('data') as ((chunk: Buffer) => void)[];
  const read = (chunk: Buffer) => {
    socket.resume();
    for (const reader of readers) reader(chunk);
  };
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    if (isPipelined(chunk)) {
      socket.destroy();
      return;
    }
    // Whatever else its address asks for, a health check does not wait for it.
    const budget = isHealthCheck(chunk) ? `${address} health` : address;
    if (pace.pass(socket, budget, () => read(chunk)) === 'later') socket.pause();
  });
  socket.once('close', () => pace.forget(socket));
}

const endOfHead = '\n\r\n';

/** More than one request at once: no client that is known does that. */
function isPipelined(chunk: Buffer): boolean {
  const first = chunk.indexOf(endOfHead);
  return first !== -1 && chunk.includes(endOfHead, first + endOfHead.length);
}

const healthCheck = Buffer.from('GET /health ');

function isHealthCheck(chunk: Buffer): boolean {
  return chunk.subarray(0, healthCheck.length).equals(healthCheck);
}
