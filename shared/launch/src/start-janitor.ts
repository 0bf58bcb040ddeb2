import { join } from 'node:path';
import { type Exit, startChild } from './child';
import { repositoryRoot } from './repository-root';
import { becomes } from './service';

export interface JanitorOptions {
  redisUrl: string;
  /** Added to PATH and REDIS_URL, which win; nothing else of this process's environment is passed on. */
  env?: Readonly<Record<string, string | undefined>>;
  logFile?: string;
  /** How long `stop` waits before it kills: longer than the janitor takes to leave. */
  graceMs?: number;
}

export interface RunningJanitor {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const defaultGraceMs = 10_000;

/**
 * A janitor that is ready to run its jobs, which its log tells: it needs LOG_LEVEL `info` or lower. Rejects with a sentence
 * and the end of its output when it does not become so.
 */
export async function startJanitor(options: JanitorOptions): Promise<RunningJanitor> {
  const { redisUrl, env = {}, logFile, graceMs = defaultGraceMs } = options;
  let isReady = false;
  const janitor = await startChild({
    command: process.execPath,
    args: [join(repositoryRoot, 'services/janitor/dist/main.js')],
    env: { PATH: process.env.PATH, ...env, REDIS_URL: redisUrl },
    logFile,
    onLine: (line) => {
      isReady ||= line.includes('"janitor.ready"');
    },
  });
  try {
    await becomes('The janitor', janitor, 'become ready', () => isReady);
  } catch (error) {
    await janitor.stop('SIGKILL', graceMs);
    throw error;
  }
  return {
    pid: janitor.pid,
    exited: janitor.exited,
    output: janitor.output,
    kill: janitor.kill,
    stop: (signal = 'SIGTERM') => janitor.stop(signal, graceMs),
  };
}
