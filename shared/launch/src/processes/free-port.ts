import { createServer } from 'node:net';

/** A port that nobody listens on now; another process may still take it first. */
export async function freePort(): Promise<number> {
  const port = await openAndClose(0, '127.0.0.1');
  if (port === undefined) throw new Error('The system has no free port on 127.0.0.1.');
  return port;
}

/** Rejects for what is neither free nor in use: a port or address that this user may not open. */
export async function isPortFree(port: number, address: string): Promise<boolean> {
  return (await openAndClose(port, address)) !== undefined;
}

function openAndClose(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
