import { createServer } from 'node:net';

const lowestPort = 10_000;
/** Linux takes the ports of outgoing connections from 32768 on. */
const highestPort = 32_767;
const portCount = highestPort - lowestPort + 1;
const mostAttempts = portCount;

/** Each process begins elsewhere, and gives none twice: until a server opens its port, nobody else sees that it is taken. */
let next = (process.pid * 131) % portCount;

/**
 * A port of 127.0.0.1 that nobody listens on now and that no outgoing connection takes, so that a server which is ended can be
 * started on it again. Another process may still take it first. `offsets` are those above it that must be free too.
 */
export async function freePort(...offsets: readonly number[]): Promise<number> {
  const highest = highestPort - Math.max(0, ...offsets);
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const port = lowestPort + next;
    next = (next + 1) % portCount;
    if (port > highest) continue;
    const free = await Promise.all([0, ...offsets].map((offset) => isPortFree(port + offset, '127.0.0.1')));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`None of the ports from ${lowestPort} to ${highest} on 127.0.0.1 is free.`);
}

/** Rejects for what is neither free nor in use: a port or address that this user may not open. */
export function isPortFree(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
