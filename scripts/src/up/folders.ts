import { join } from 'node:path';
import { repositoryRoot } from '@openrelay/launch';

/** Where `up` keeps what outlives a command, all of it ignored by git. */
export type Folders = {
  readonly data: string;
  readonly redis: string;
  readonly logs: string;
  /** The pid of the `up` that runs in this checkout. */
  readonly lock: string;
  /** What other commands learn the running cluster's addresses from. */
  readonly cluster: string;
};

export function foldersIn(data = join(repositoryRoot, '.data')): Folders {
  return {
    data,
    redis: join(data, 'redis'),
    logs: join(data, 'logs'),
    lock: join(data, 'up.pid'),
    cluster: join(data, 'cluster.json'),
  };
}
