import { freePort, isPortFree } from '@openrelay/launch';
import type { Plan } from './plan';

/** One port for each edge. Throws a sentence that names the first port that cannot be opened. */
export async function portsFor({ settings, edgeCount }: Plan): Promise<number[]> {
  const ports: number[] = [];
  for (let edge = 0; edge < edgeCount; edge++) {
    ports.push(settings.port === 0 ? await freePort() : await checked(settings.port + edge, settings.bindAddress));
  }
  return ports;
}

async function checked(port: number, address: string): Promise<number> {
  const free = await isPortFree(port, address).catch((error: Error) => {
    throw new Error(`Port ${port} on ${address} cannot be opened (${error.message}).`);
  });
  if (free) return port;
  throw new Error(`Port ${port} is in use; stop what uses it, or choose others: PORT=4000 ./scripts/up.`);
}
