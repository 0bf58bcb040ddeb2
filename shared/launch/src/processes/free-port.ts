import { createServer, type Server } from 'node:net';

const lowestPort = 10_000;
/** Linux takes the ports of outgoing connections from 32768 on. */
const highestPort = 32_767;
const portCount = highestPort - lowestPort + 1;

/** Each process begins elsewhere, so that few of the ports that it asks for are held by another. */
let next = process.pid * 131;

/**
 * A port of 127.0.0.1 that nobody listens on now and that no outgoing connection takes. On Linux no process is given it again
 * until this one ends: also while a server that was killed is away, no other may answer its clients. `offsets` are those above
 * it that must be free too.
 */
export async function freePort(...offsets: readonly number[]): Promise<number> {
  const ports = portCount - Math.max(0, ...offsets);
  for (let attempt = 1; attempt <= ports; attempt++) {
    const port = lowestPort + (next % ports);
    next += 1;
    if (await take([0, ...offsets].map((offset) => port + offset))) return port;
  }
  throw new Error(`None of the ports from ${lowestPort} to ${highestPort} on 127.0.0.1 is free.`);
}

async function take(ports: readonly number[]): Promise<boolean> {
  const held = await Promise.all(ports.map(hold));
  const free = await Promise.all(ports.map((port) => isPortFree(port, '127.0.0.1')));
  if (held.every((holder) => holder !== undefined) && free.every(Boolean)) return true;
  for (const holder of held) holder?.close();
  return false;
}

/** Undefined when another process holds it. The kernel frees the name, which is in no folder, when this process ends. */
function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const holder = createServer();
    // Other systems than Linux have no such names: they cannot tell.
    holder.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? undefined : holder));
    holder.listen(`\0openrelay-port-${port}`, () => resolve(holder));
    holder.unref();
  });
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
