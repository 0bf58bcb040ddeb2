import type { Environment } from '@openrelay/config';
import type { RedisLink } from '@openrelay/state';
import type { Line } from '../text/line';

/** Everything outside of relayctl that a command uses; tests bring their own. */
export type World = {
  env: Environment;
  /** Where `./scripts/up` writes which Redis its cluster has. */
  clusterFile: string;
  stdout: Output;
  stderr: Pick<Output, 'write'>;
  /** Undefined when standard output is no terminal. */
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

/** A terminal that is drawn on as a whole. */
export type Screen = {
  size(): { columns: number; rows: number };
  /** Takes the terminal; `onLeave` hears of q, Ctrl-C and signals, `onResize` of a new size. */
  open(onLeave: () => void, onResize: () => void): void;
  draw(lines: readonly Line[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
};
