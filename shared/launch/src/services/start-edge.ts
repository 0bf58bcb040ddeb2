import { join } from 'node:path';
import { isPortFree } from '../processes/free-port';
import { repositoryRoot } from '../processes/repository-root';
import { answers, listeningPort, type RunningService, reachable, type ServiceOptions, startService } from './service';

export type EdgeOptions = ServiceOptions & {
  /** 0, the default, takes any free one, and needs LOG_LEVEL `info`. */
  port?: number;
  bindAddress?: string;
  /** The script to run, the built edge when absent. */
  entry?: string;
};

export type RunningEdge = RunningService & {
  readonly port: number;
  /** Where devices connect. */
  readonly url: string;
  readonly httpUrl: string;
};

/** An edge that is ready for devices. Rejects with a sentence and the end of its output when it does not become so. */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const { port = 0, bindAddress = '127.0.0.1', env = {}, entry } = options;
  if (port !== 0 && env.RELAY_SHARE_PORT !== 'yes' && !(await isPortFree(port, bindAddress))) {
    throw new Error(`Port ${port} on ${bindAddress} is in use by another process.`);
  }
  // With a given port the edge's log may be silenced; a free one is told by its log alone.
  let listening = port === 0 ? undefined : port;
  const tls = env.RELAY_TLS_CERT_FILE ? 's' : '';
  const place = () => `${tls}://${reachable(bindAddress)}:${listening}`;
  const edge = await startService(options, {
    title: 'The edge',
    entry: entry ?? join(repositoryRoot, 'services/edge/dist/main.js'),
    settings: { PORT: String(port), BIND_ADDR: bindAddress },
    graceMs: 45_000,
    onLine: (line) => {
      listening ??= listeningPort(line, 'edge.listening');
    },
    steps: {
      listen: () => listening !== undefined,
      'become ready': () => answers(`http${place()}/ready`),
    },
  });
  return { ...edge, port: listening!, url: `ws${place()}/relay`, httpUrl: `http${place()}` };
}
