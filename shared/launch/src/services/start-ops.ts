import { join } from 'node:path';
import { isPortFree } from '../processes/free-port';
import { repositoryRoot } from '../processes/repository-root';
import { answers, listeningPort, type RunningService, reachable, type ServiceOptions, startService } from './service';

export type OpsOptions = ServiceOptions & {
  /** 0, the default, takes any free one, and needs LOG_LEVEL `info`. */
  port?: number;
  /** Where it listens when it has a token; without one it is always 127.0.0.1. */
  bindAddress?: string;
  token?: string;
};

export type RunningOps = RunningService & {
  readonly port: number;
  /** The page; the API is below it. */
  readonly url: string;
};

/** Ops that answers, whether Redis does or not. Rejects with a sentence and the end of its output when it does not start. */
export async function startOps(options: OpsOptions): Promise<RunningOps> {
  const { port = 0, bindAddress = '127.0.0.1', token = '' } = options;
  const address = token === '' ? '127.0.0.1' : bindAddress;
  if (port !== 0 && !(await isPortFree(port, address))) {
    throw new Error(`Port ${port} on ${address} is in use by another process.`);
  }
  // With a given port its log may be silenced; a free one is told by its log alone.
  let listening = port === 0 ? undefined : port;
  const url = () => `http://${reachable(address)}:${listening}`;
  const ops = await startService(options, {
    title: 'Ops',
    entry: join(repositoryRoot, 'services/ops/dist/main.js'),
    settings: { OPS_PORT: String(port), OPS_TOKEN: token, BIND_ADDR: bindAddress },
    graceMs: 10_000,
    onLine: (line) => {
      listening ??= listeningPort(line, 'ops.listening');
    },
    steps: {
      listen: () => listening !== undefined,
      answer: () => answers(`${url()}/health`),
    },
  });
  return { ...ops, port: listening!, url: url() };
}
