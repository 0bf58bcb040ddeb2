import { type Settings, withoutPassword } from '@openrelay/config';
import { askRedis, type RunningRedis, startRedis } from '@openrelay/launch';
import type { ServiceName } from '@openrelay/state';
import type { Folders } from './folders';
import { makeRedisUsers } from './redis-users';

const oldestVersion = 7;

/** Where the services find Redis. */
export type RedisPlace = {
  /** Without a password, unless the user's own URL has one. */
  readonly url: string;
  /** As whom a service comes, as its settings. */
  settingsOf(service: ServiceName): Readonly<Record<string, string>>;
  /** As which relayctl comes. */
  readonly urlOfOperator: string;
};

/** @param maxmemory as Redis writes it: `1gb` */
export function startPrivateRedis(folders: Folders, logFile: string, maxmemory: string): Promise<RunningRedis> {
  const { aclFile, password } = makeRedisUsers(folders.redisUsers);
  return startRedis({
    dataDir: folders.redis,
    appendOnly: true,
    logFile,
    administrator: { name: 'admin', password: password('admin') },
    extraArgs: ['--aclfile', aclFile, '--maxmemory', maxmemory],
  });
}

/** The place of the Redis that `up` started. */
export function privatePlace({ host, port }: RunningRedis, folders: Folders): RedisPlace {
  const { passwordFile, password } = makeRedisUsers(folders.redisUsers);
  const at = `${host}:${port}`;
  return {
    url: `redis://${at}`,
    settingsOf: (service) => ({ REDIS_USERNAME: service, REDIS_PASSWORD_FILE: passwordFile(service) }),
    urlOfOperator: `redis://relayctl:${password('relayctl')}@${at}`,
  };
}

/** The place of a Redis of the user's own. */
export function givenPlace(url: string): RedisPlace {
  return { url, settingsOf: () => ({}), urlOfOperator: url };
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
