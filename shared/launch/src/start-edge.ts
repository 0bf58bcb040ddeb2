import { join } from 'node:path';
import { type Exit, startChild } from './child';
import { isPortFree } from './free-port';
import { repositoryRoot } from './repository-root';
import { answers, becomes, listeningPort, reachable } from './service';

export interface EdgeOptions {
  redisUrl: string;
  /** 0, the default, takes any free one, and needs LOG_LEVEL `info` or lower. */
  port?: number;
  bindAddress?: string;
  /** Added to PATH and the three settings above, which win; nothing else of this process's environment is passed on. */
  env?: Readonly<Record<string, string | undefined>>;
  logFile?: string;
  /** The script to run, the built edge when absent. */
  entry?: string;
  /** How long `stop` waits before it kills: longer than the edge's drain time. */
  graceMs?: number;
}

export interface RunningEdge {
  readonly port: number;
  /** Where devices connect. */
  readonly url: string;
  readonly httpUrl: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const defaultGraceMs = 45_000;

/** An edge that is ready for devices. Rejects with a sentence and the end of its output when it does not become so. */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const { redisUrl, port = 0, bindAddress = '127.0.0.1', env = {}, graceMs = defaultGraceMs } = options;
  if (port !== 0 && env.RELAY_SHARE_PORT !== 'yes' && !(await isPortFree(port, bindAddress))) {
    throw new Error(`Port ${port} on ${bindAddress} is in use by another process.`);
  }
  // With a given port the edge's log may be silenced; a free one is told by its log alone.
  let listening = port === 0 ? undefined : port;
  const edge = await startChild({
    command: process.execPath,
    args: [options.entry ?? join(repositoryRoot, 'services/edge/dist/main.js')],
    env: { PATH: process.env.PATH, ...env, PORT: String(port), BIND_ADDR: bindAddress, REDIS_URL: redisUrl },
    logFile: options.logFile,
    onLine: (line) => {
      listening ??= listeningPort(line, 'edge.listening');
    },
  });
  const host = reachable(bindAddress);
  const tls = env.RELAY_TLS_CERT_FILE ? 's' : '';
  try {
    await becomes('The edge', edge, 'listen', () => listening !== undefined);
    await becomes('The edge', edge, 'become ready', () => answers(`http${tls}://${host}:${listening}/ready`));
  } catch (error) {
    await edge.stop('SIGKILL', graceMs);
    throw error;
  }
  return {
    port: listening!,
    url: `ws${tls}://${host}:${listening}/relay`,
    httpUrl: `http${tls}://${host}:${listening}`,
    pid: edge.pid,
    exited: edge.exited,
    output: edge.output,
    kill: edge.kill,
    stop: (signal = 'SIGTERM') => edge.stop(signal, graceMs),
  };
}
