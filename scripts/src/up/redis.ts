import { type Settings, withoutPassword } from '@openrelay/config';
import { askRedis, type RunningRedis, startRedis } from '@openrelay/launch';
import type { Folders } from './folders';

const oldestVersion = 7;

export function startPrivateRedis(folders: Folders, logFile: string): Promise<RunningRedis> {
  return startRedis({ dataDir: folders.redis, appendOnly: true, logFile });
}

/** Throws a sentence when the Redis cannot be reached or is too old. Of Sentinel and Cluster the edges say so themselves. */
export async function checkRedis(url: Settings['redisUrl']): Promise<void> {
  if (/^rediss?\+/.test(url)) return;
  const info = await askRedis(url, ['INFO', 'server']).catch((error: Error) => {
    if (error.message.startsWith('NOPERM')) return ''; // a user may do without
    throw new Error(`Redis at ${withoutPassword(url)} cannot be used: ${error.message.replace(/\.$/, '')}.`);
  });
  const version = /^redis_version:(\d+)[\d.]*/m.exec(info);
  if (version === null || Number(version[1]) >= oldestVersion) return;
  throw new Error(
    `${version[0].replace('redis_version:', 'Redis ')} is too old; version ${oldestVersion}.0 or later is needed.`,
  );
}
