import { get } from 'node:http';
import { join } from 'node:path';
import { type Child, type Exit, startChild } from './child';
import { isPortFree } from './free-port';
import { repositoryRoot } from './repository-root';
import { waitUntil } from './wait';

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

const startMs = 15_000;
const requestMs = 1000;
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
      listening ??= listeningPort(line);
    },
  });
  const host = reachable(bindAddress);
  try {
    await until(edge, 'listen', () => listening !== undefined);
    await until(edge, 'become ready', () => answersReady(`http://${host}:${listening}/ready`));
  } catch (error) {
    await edge.stop('SIGKILL', graceMs);
    throw error;
  }
  return {
    port: listening!,
    url: `ws://${host}:${listening}/relay`,
    httpUrl: `http://${host}:${listening}`,
    pid: edge.pid,
    exited: edge.exited,
    output: edge.output,
    kill: edge.kill,
    stop: (signal = 'SIGTERM') => edge.stop(signal, graceMs),
  };
}

async function until(edge: Child, what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  let gone: Exit | undefined;
  void edge.exited.then((exit) => {
    gone = exit;
  });
  const done = await waitUntil(() => {
    if (gone === undefined) return check();
    const how = gone.signal ?? `code ${gone.code}`;
    throw new Error(`The edge stopped (${how}) before it could ${what}. Its last output:\n${edge.output()}`);
  }, startMs);
  if (!done) throw new Error(`The edge did not ${what} in ${startMs / 1000} s. Its last output:\n${edge.output()}`);
}

function listeningPort(line: string): number | undefined {
  if (!line.includes('"edge.listening"')) return undefined;
  try {
    const { event, port } = JSON.parse(line) as { event?: unknown; port?: unknown };
    return event === 'edge.listening' && typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}

function answersReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: requestMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => resolve(false));
  });
}

/** Where a socket that was bound to the address can be reached from this machine, as it is written in a URL. */
function reachable(bindAddress: string): string {
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  if (bindAddress === '::') return '[::1]';
  return bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
}
