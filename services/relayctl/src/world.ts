import type { Environment } from '@openrelay/config';
import type { RedisLink } from '@openrelay/state';
import type { Screen } from './top/screen';

/** What relayctl has of the outside. */
export type World = {
  env: Environment;
  /** What `./scripts/up` writes where its cluster is. */
  clusterFile: string;
  stdout: Output;
  stderr: Pick<Output, 'write'>;
  /** None when standard output is no terminal. */
  screen: Screen | undefined;
  /** Answers when connected. @throws Error when the URL is none, or Redis does not answer */
  connect: (redisUrl: string) => Promise<RedisLink>;
};

type Output = {
  write(text: string): void;
  /** Infinity where nothing is wrapped. */
  columns: () => number;
  colours: 'yes' | 'no';
};
