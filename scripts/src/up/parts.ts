/** How each process of the cluster is started, for the first time and again. */
import { join } from 'node:path';
import {
  type RunningEdge,
  type RunningOps,
  type RunningRedis,
  type RunningService,
  startEdge,
  startJanitor,
  startOps,
} from '@openrelay/launch';
import type { Clock } from './clock';
import type { Folders } from './folders';
import type { Plan } from './plan';
import { type RedisPlace, startPrivateRedis } from './redis';
import type { Part } from './supervisor';

export type World = {
  readonly plan: Plan;
  readonly folders: Folders;
  /** Another script than the built edge, for tests. */
  readonly edgeEntry: string | undefined;
  readonly clock: Clock;
};

function logOf(folders: Folders, name: string): string {
  return join(folders.logs, `${name}.log`);
}

export function redisPart({ plan, folders }: World): Part<RunningRedis> {
  const logFile = logOf(folders, 'redis');
  let redis: RunningRedis | undefined;
  const start = async () => {
    if (redis === undefined) redis = await startPrivateRedis(folders, logFile, plan.redisMaxmemory);
    else await redis.restart();
    return redis;
  };
  return { title: 'Redis', logFile, start };
}

export function edgePart(world: World, redis: RedisPlace, number: number, port: number): Part<RunningEdge> {
  const { plan, folders, edgeEntry } = world;
  const { bindAddress, drainLeadSeconds, drainSeconds } = plan.settings;
  const logFile = logOf(folders, `edge-${number}`);
  const start = () =>
    startEdge({
      redisUrl: redis.url,
      port,
      bindAddress,
      env: { ...plan.environment, ...redis.settingsOf('edge') },
      logFile,
      ...(edgeEntry === undefined ? {} : { entry: edgeEntry }),
      graceMs: (drainLeadSeconds + drainSeconds + 10) * 1000,
    });
  return { title: `Edge ${number}`, logFile, start };
}

export function janitorPart({ plan, folders }: World, redis: RedisPlace): Part<RunningService> {
  const logFile = logOf(folders, 'janitor');
  const env = { ...plan.environment, ...redis.settingsOf('janitor'), LOG_LEVEL: 'info' }; // its log tells when it is ready
  const start = () => startJanitor({ redisUrl: redis.url, env, logFile });
  return { title: 'The janitor', logFile, start };
}

export function opsPart({ plan, folders }: World, redis: RedisPlace, port: number): Part<RunningOps> {
  const { bindAddress, opsToken: token } = plan.settings;
  const logFile = logOf(folders, 'ops');
  const env = { ...plan.environment, ...redis.settingsOf('ops') };
  const start = () => startOps({ redisUrl: redis.url, port, bindAddress, token, env, logFile });
  return { title: 'Ops', logFile, start };
}
