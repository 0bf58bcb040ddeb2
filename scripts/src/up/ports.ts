import { freePort, isPortFree } from '@openrelay/launch';
import type { Plan } from './plan';

export type Ports = {
  /** One for each edge. */
  readonly edges: readonly number[];
  readonly ops: number;
};

/** Throws a sentence that names the first port that cannot be opened. */
export async function portsFor({ settings, edgeCount }: Pick<Plan, 'settings' | 'edgeCount'>): Promise<Ports> {
  const { port, opsPort, opsToken, bindAddress } = settings;
  const edges: number[] = [];
  for (let edge = 0; edge < edgeCount; edge++) {
    edges.push(port === 0 ? await freePort() : await checked('PORT', port + edge, bindAddress));
  }
  // Without a token it answers this machine alone.
  const opsAddress = opsToken === '' ? '127.0.0.1' : bindAddress;
  return { edges, ops: opsPort === 0 ? await freePort() : await checked('OPS_PORT', opsPort, opsAddress) };
}

const others = { PORT: 'choose others: PORT=4000', OPS_PORT: 'choose another: OPS_PORT=4100' };

async function checked(name: keyof typeof others, port: number, address: string): Promise<number> {
  const free = await isPortFree(port, address).catch((error: Error) => {
    throw new Error(`Port ${port} on ${address} cannot be opened (${error.message}).`);
  });
  if (free) return port;
  throw new Error(`Port ${port} is in use; stop what uses it, or ${others[name]} ./scripts/up.`);
}
