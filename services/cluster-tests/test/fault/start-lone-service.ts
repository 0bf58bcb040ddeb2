import { join } from 'node:path';
import { ask, askRedis, freePort, quickDrain, repositoryRoot, startChild } from '@openrelay/launch';

export type ServiceName = 'edge' | 'janitor' | 'ops';

export type LoneService = {
  readonly port: number;
  readonly httpUrl: string;
  /** Whether it does its work. */
  isAtWork(): Promise<boolean>;
  /** Its exit code, or the signal that it died of. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
};

export type LoneServiceOptions = {
  redisUrl: string;
  /** A descriptor of this process that it gets as its standard output. */
  stdout?: number;
  /** The most files that it may open. */
  openFiles?: number;
  env?: Readonly<Record<string, string>>;
};

/** A service of which the surroundings are to be bad; nothing is awaited but its process. */
export async function startLoneService(
  name: ServiceName,
  { redisUrl, stdout, openFiles, env }: LoneServiceOptions,
): Promise<LoneService> {
  const port = await freePort();
  const limit = openFiles === undefined ? '' : `ulimit -n ${openFiles}; `;
  const entry = join(repositoryRoot, `services/${name}/dist/main.js`);
  const places = { BIND_ADDR: '127.0.0.1', PORT: `${port}`, OPS_PORT: `${port}` };
  const child = await startChild({
    command: '/bin/sh',
    args: ['-c', `${limit}exec "$0" "$@"`, process.execPath, entry],
    env: { ...quickDrain, ...env, ...places, PATH: process.env.PATH, REDIS_URL: redisUrl },
    stdout,
  });
  const httpUrl = `http://127.0.0.1:${port}`;
  return {
    port,
    httpUrl,
    async isAtWork() {
      if (name === 'janitor') return (await askRedis(redisUrl, ['EXISTS', 'or:jobs'])) === '1';
      return (await ask(`${httpUrl}/health`))?.status === 200;
    },
    async stop(by = 'SIGTERM') {
      child.kill(by);
      const { code, signal } = await child.exited;
      return code ?? signal!;
    },
  };
}
