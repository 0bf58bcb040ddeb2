import { mkdirSync, rmSync } from 'node:fs';
import { type Child, type Exit, startChild } from '../processes/child';
import { isOnPath } from '../processes/on-path';
import { StartError } from '../processes/start-error';
import { temporaryFolder } from '../processes/temporary-folder';
import { untilReady } from '../processes/until-ready';
import { askRedis } from './ask-redis';
import { redisHost } from './redis-arguments';

export type RunningRedis = {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the present server; another one after `restart`. */
  readonly pid: number;
  readonly exited: Promise<Exit>;
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Starts it again on the same port and data, after stopping it if it still runs. */
  restart(): Promise<void>;
  /** For good: removes its folder unless that was given. */
  stop(): Promise<void>;
};

/** What differs between a server alone, one of a cluster and a sentinel. */
export type ServerPlan = {
  readonly dataDir?: string | undefined;
  readonly port?: number | undefined;
  readonly logFile?: string | undefined;
  /** `user:password`, as which it is asked; nobody in particular when absent. */
  readonly credentials?: string | undefined;
  /** Asked when no port is given. */
  findPort(): Promise<number>;
  argumentsFor(port: number, dataDir: string): Promise<string[]>;
  /** Asked again and again once the server answers. */
  isReady?(url: string): Promise<boolean>;
};

const graceMs = 5000;
const mostAttempts = 3;

/** A real redis-server on 127.0.0.1, answering. Rejects with a sentence and the end of its output when it does not start. */
export async function startServer(plan: ServerPlan): Promise<RunningRedis> {
  if (!isOnPath('redis-server')) throw new Error('redis-server is not on the PATH; install Redis 7.0 or later.');
  if (plan.dataDir !== undefined) mkdirSync(plan.dataDir, { recursive: true });
  const dataDir = plan.dataDir ?? temporaryFolder();
  const removeData = () => {
    // The process that saves for a killed server may still be writing.
    if (plan.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { port, server } = await startOnSomePort(plan, dataDir);
    return running(plan, dataDir, port, server, removeData);
  } catch (error) {
    removeData();
    throw error;
  }
}

function running(plan: ServerPlan, dataDir: string, port: number, first: Child, removeData: () => void): RunningRedis {
  let server = first;
  return {
    url: urlOf(port, plan),
    host: redisHost,
    port,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    output: () => server.output(),
    kill: (signal) => server.kill(signal),
    async restart() {
      await server.stop('SIGTERM', graceMs);
      server = await startOn(port, plan, dataDir);
    },
    async stop() {
      await server.stop('SIGTERM', graceMs);
      removeData();
    },
  };
}

/** A port that was free a moment ago may be taken by the time Redis opens it. */
async function startOnSomePort(plan: ServerPlan, dataDir: string): Promise<{ port: number; server: Child }> {
  for (let attempt = 1; ; attempt++) {
    const port = plan.port ?? (await plan.findPort());
    try {
      return { port, server: await startOn(port, plan, dataDir) };
    } catch (error) {
      const portTaken = error instanceof Error && error.message.includes('Address already in use');
      if (plan.port !== undefined || !portTaken || attempt === mostAttempts) throw error;
    }
  }
}

async function startOn(port: number, plan: ServerPlan, dataDir: string): Promise<Child> {
  const server = await startChild({
    command: 'redis-server',
    args: await plan.argumentsFor(port, dataDir),
    env: { PATH: process.env.PATH },
    logFile: plan.logFile,
  });
  try {
    const url = urlOf(port, plan);
    await untilReady(server, {
      check: async () => (await answers(server, url)) && ((await plan.isReady?.(url)) ?? true),
      stopped: () => new StartError('Redis stopped while starting.', server.output()),
      late: 'Redis did not answer',
    });
    return server;
  } catch (error) {
    await server.stop('SIGKILL', graceMs);
    throw error;
  }
}

/**
 * A server that asks for a password, by `extraArgs`, answers too; one that is loading its data does not. The pid is looked at,
 * because another server may hold the port, and answer while ours is about to give up.
 */
async function answers(server: Child, url: string): Promise<boolean> {
  try {
    const info = await askRedis(url, ['INFO', 'server']);
    return info.includes(`\nprocess_id:${server.pid}\r`) && (await askRedis(url, ['PING'])) === 'PONG';
  } catch (error) {
    return error instanceof Error && error.message.startsWith('NOAUTH');
  }
}

function urlOf(port: number, { credentials }: ServerPlan): string {
  return `redis://${credentials === undefined ? '' : `${credentials}@`}${redisHost}:${port}`;
}
