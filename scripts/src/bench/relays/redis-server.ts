/** What a Redis server says of itself. */
import { readFileSync } from 'node:fs';
import { askRedis } from '@openrelay/launch';

const localHosts: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];
const noPid = -1;

export type RedisServer = { version: string; pid: number };

/** `pid` is that of no process for a server on another machine or in another process namespace. */
export async function describeRedis(url: string): Promise<RedisServer> {
  const info = await askRedis(url, ['INFO', 'server']).catch((error: Error) => {
    // The URL's host alone: the rest may hold a password.
    throw new Error(`Redis at ${new URL(url).host} does not answer: ${error.message}`);
  });
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? noPid);
  const isLocal = localHosts.includes(new URL(url).hostname) && isRedis(pid);
  return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown', pid: isLocal ? pid : noPid };
}

/** A number that `INFO section` tells; NaN when it does not. */
export async function redisNumber(url: string, section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await askRedis(url, ['INFO', section]))?.[1]);
}

function isRedis(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('redis');
  } catch {
    return false;
  }
}
