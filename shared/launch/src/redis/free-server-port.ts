import { randomInt } from 'node:crypto';
import { isPortFree } from '../processes/free-port';
import { redisHost } from './redis-arguments';

/** How far above a server's port the port of its cluster bus lies. */
export const busOffset = 10_000;

const lowestPort = 10_000;
/** With the bus port it stays below 32768, from where Linux takes the ports of outgoing connections. */
const highestPort = 22_767;
const mostAttempts = 50;

/**
 * A port for a server that is killed and restarted on it: no outgoing connection takes it in the meantime. The port of its
 * cluster bus is free too.
 */
export async function freeServerPort(): Promise<number> {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const port = randomInt(lowestPort, highestPort + 1);
    if ((await isPortFree(port, redisHost)) && (await isPortFree(port + busOffset, redisHost))) return port;
  }
  throw new Error(`None of ${mostAttempts} ports tried on ${redisHost} is free.`);
}
