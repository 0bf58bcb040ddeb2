import { join } from 'node:path';
import { type Exit, startChild } from './child';
import { isPortFree } from './free-port';
import { repositoryRoot } from './repository-root';
import { answers, becomes, listeningPort, reachable } from './service';

export interface OpsOptions {
  redisUrl: string;
  /** 0, the default, takes any free one, and needs LOG_LEVEL `info` or lower. */
  port?: number;
  /** Where it listens when it has a token; without one it is always 127.0.0.1. */
  bindAddress?: string;
  token?: string;
  /** Added to PATH and the settings above, which win; nothing else of this process's environment is passed on. */
  env?: Readonly<Record<string, string | undefined>>;
  logFile?: string;
  /** How long `stop` waits before it kills. */
  graceMs?: number;
}

export interface RunningOps {
  readonly port: number;
  /** The page; the API is below it. */
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const defaultGraceMs = 10_000;

/** Ops that answers, whether Redis does or not. Rejects with a sentence and the end of its output when it does not start. */
export async function startOps(options: OpsOptions): Promise<RunningOps> {
  const { redisUrl, port = 0, bindAddress = '127.0.0.1', token = '', env = {}, graceMs = defaultGraceMs } = options;
  const address = token === '' ? '127.0.0.1' : bindAddress;
  if (port !== 0 && !(await isPortFree(port, address))) {
    throw new Error(`Port ${port} on ${address} is in use by another process.`);
  }
  // With a given port its log may be silenced; a free one is told by its log alone.
  let listening = port === 0 ? undefined : port;
  const settings = { OPS_PORT: String(port), OPS_TOKEN: token, BIND_ADDR: bindAddress, REDIS_URL: redisUrl };
  const ops = await startChild({
    command: process.execPath,
    args: [join(repositoryRoot, 'services/ops/dist/main.js')],
    env: { PATH: process.env.PATH, ...env, ...settings },
    logFile: options.logFile,
    onLine: (line) => {
      listening ??= listeningPort(line, 'ops.listening');
    },
  });
  const host = reachable(address);
  try {
    await becomes('Ops', ops, 'listen', () => listening !== undefined);
    await becomes('Ops', ops, 'answer', () => answers(`http://${host}:${listening}/health`));
  } catch (error) {
    await ops.stop('SIGKILL', graceMs);
    throw error;
  }
  return {
    port: listening!,
    url: `http://${host}:${listening}`,
    pid: ops.pid,
    exited: ops.exited,
    output: ops.output,
    kill: ops.kill,
    stop: (signal = 'SIGTERM') => ops.stop(signal, graceMs),
  };
}
