/** What a Redis server says of itself. */
import { readFileSync } from 'node:fs';
import { askRedis } from '@openrelay/launch';

const localHosts: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

export type RedisServer = { version: string; pid: number | undefined };

/** `pid` is undefined for a server on another machine or in another process namespace. */
export async function describeRedis(url: string): Promise<RedisServer> {
  const info = await askRedis(url, ['INFO', 'server']).catch((error: Error) => {
    // The URL's host alone: the rest may hold a password.
    throw new Error(`Redis at ${new URL(url).host} does not answer: ${error.message}`);
  });
  const pid = Number(/^process_id:(\d+)/m.exec(info)?.[1] ?? 0);
  const isLocal = localHosts.includes(new URL(url).hostname) && isRedis(pid);
  return { version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown', pid: isLocal ? pid : undefined };
}

/** Memory that its data takes, in bytes; null when it does not tell. */
export async function redisUsedBytes(url: string): Promise<number | null> {
  const used = /^used_memory:(\d+)/m.exec(await askRedis(url, ['INFO', 'memory']))?.[1];
  return used === undefined ? null : Number(used);
}

function isRedis(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('redis');
  } catch {
    return false;
  }
}
