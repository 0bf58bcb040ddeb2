import { readFileSync } from 'node:fs';
import { readSettings, refusalOf, SettingsError, settingsTable } from '@openrelay/config';
import { CalledWrongly } from './exit-code';
import type { World } from './world';

/**
 * The Redis that is named, else that of the environment, else that of the cluster which `./scripts/up` runs.
 * @throws CalledWrongly for an address that is none; Error when there is none at all
 */
export function findRedisUrl(
  { env, clusterFile }: Pick<World, 'env' | 'clusterFile'>,
  named: string | undefined,
): string {
  if (named !== undefined) return withAccess(env, checked('--redis', named));
  if (env.REDIS_URL) return withAccess(env, checked('REDIS_URL', env.REDIS_URL));
  const url = urlIn(clusterFile);
  if (url !== undefined) return url;
  throw new Error('No cluster runs here: say with --redis or REDIS_URL which Redis to ask.');
}

function checked(name: string, text: string): string {
  const url = settingsTable.redisUrl.parse(text);
  if (url === undefined) throw new CalledWrongly(refusalOf(settingsTable.redisUrl, text, name));
  return url;
}

/** With the user and the password that stand beside it in the environment. */
function withAccess({ REDIS_USERNAME, REDIS_PASSWORD, REDIS_PASSWORD_FILE }: World['env'], url: string): string {
  try {
    return readSettings({ REDIS_URL: url, REDIS_USERNAME, REDIS_PASSWORD, REDIS_PASSWORD_FILE }).settings.redisUrl;
  } catch (error) {
    throw error instanceof SettingsError ? new CalledWrongly(error.message) : error;
  }
}

function urlIn(clusterFile: string): string | undefined {
  try {
    const { redisUrl } = JSON.parse(readFileSync(clusterFile, 'utf8')) as { redisUrl?: unknown };
    return typeof redisUrl === 'string' ? redisUrl : undefined;
  } catch {
    return undefined;
  }
}
