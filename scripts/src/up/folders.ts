import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';

/** Where `up` keeps what outlives a command, all of it ignored by git. */
export type Folders = {
  readonly data: string;
  readonly redis: string;
  /** The users of that Redis, with a file for the password of each. */
  readonly redisUsers: string;
  readonly logs: string;
  /** ./scripts/up holds a lock on it for as long as it runs. */
  readonly lock: string;
  /** What other commands learn the running cluster's addresses from. */
  readonly cluster: string;
};

export function foldersIn(data = join(repositoryRoot, '.data')): Folders {
  return {
    data,
    redis: join(data, 'redis'),
    redisUsers: join(data, 'redis-users'),
    logs: join(data, 'logs'),
    lock: join(data, 'up.lock'),
    cluster: join(data, 'cluster.json'),
  };
}
