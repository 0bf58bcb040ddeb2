import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ask, askRedis, freePort, quickDrain, repositoryRoot } from '@openrelay/launch';

export type ServiceName = 'edge' | 'janitor' | 'ops';

export interface ServiceWithLog {
  readonly process: ChildProcess;
  readonly httpUrl: string;
  /** Whether it does its work. */
  isAtWork(): Promise<boolean>;
  /** Its exit code, or the signal that it died of. */
  stop(): Promise<number | string>;
}

/** A service whose standard output is the given descriptor, or a pipe of this process. */
export async function startWithLog(
  name: ServiceName,
  redisUrl: string,
  stdout: number | 'pipe',
): Promise<ServiceWithLog> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(repositoryRoot, `services/${name}/dist/main.js`)], {
    env: {
      ...quickDrain,
      PATH: process.env.PATH,
      REDIS_URL: redisUrl,
      BIND_ADDR: '127.0.0.1',
      PORT: `${port}`,
      OPS_PORT: `${port}`,
    },
    stdio: ['ignore', stdout, 'inherit'],
  });
  const exited = once(child, 'exit');
  const httpUrl = `http://127.0.0.1:${port}`;
  return {
    process: child,
    httpUrl,
    async isAtWork() {
      if (name === 'janitor') return (await askRedis(redisUrl, ['EXISTS', 'or:jobs'])) === '1';
      return (await ask(`${httpUrl}/health`))?.status === 200;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code, signal] = (await exited) as [number | null, string | null];
      return code ?? signal!;
    },
  };
}
