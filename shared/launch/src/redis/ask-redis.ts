import { Redis } from 'ioredis';

/**
 * Sends one command on a connection of its own and returns its answer as text, '' for none. Rejects with Redis' own words for
 * an error answer, with the system's for no connection, and when there is no answer in time.
 */
export async function askRedis(url: string, command: readonly string[], timeoutMs?: number): Promise<string> {
  const answer = (await call(url, command, timeoutMs)) as string | number | null;
  return String(answer ?? '');
}

/** As `askRedis`, for a command whose answer is a list of texts. */
export async function askRedisForList(url: string, command: readonly string[], timeoutMs?: number): Promise<string[]> {
  return (await call(url, command, timeoutMs)) as string[];
}

/** A machine that stalls for seconds is slow to answer; what nobody serves any more is refused at once. */
const patienceMs = 10_000;

async function call(url: string, [name = '', ...args]: readonly string[], timeoutMs = patienceMs): Promise<unknown> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    // A server that is loading its data, or wants a password, is to say so itself.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  // What the client rejects with says only that the connection is closed.
  let cause: Error | undefined;
  client.on('error', (error: Error) => {
    cause ??= error;
  });
  const timer = setTimeout(() => {
    cause ??= new Error(`no answer within ${timeoutMs} ms`);
    client.disconnect();
  }, timeoutMs);
  try {
    await client.connect();
    return await client.call(name, ...args);
  } catch (error) {
    throw cause ?? error;
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}
