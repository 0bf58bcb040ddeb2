import { readFileSync } from 'node:fs';
import type { World } from './world';

/** The Redis that is named, else that of the environment, else that of the cluster which `./scripts/up` runs. */
export function findRedisUrl(
  { env, clusterFile }: Pick<World, 'env' | 'clusterFile'>,
  named: string | undefined,
): string {
  const url = named || env.REDIS_URL || urlIn(clusterFile);
  if (url !== undefined) return url;
  throw new Error('No cluster runs here: say with --redis or REDIS_URL which Redis to ask.');
}

function urlIn(clusterFile: string): string | undefined {
  try {
    const { redisUrl } = JSON.parse(readFileSync(clusterFile, 'utf8')) as { redisUrl?: unknown };
    return typeof redisUrl === 'string' ? redisUrl : undefined;
  } catch {
    return undefined;
  }
}
