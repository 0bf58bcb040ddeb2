import type { RedisLink } from '../link/redis-link';
import { deploymentKey } from '../scripts/keys';

/** A node whose settings contradict what the deployment was set up with; it must not start. */
export class DeploymentMismatch extends Error {
  override name = 'DeploymentMismatch';
}

/** The number of shards of this deployment; none before its first node started. @throws RedisUnavailable */
export async function agreedShards(link: RedisLink): Promise<number | undefined> {
  const shards = await link.command(deploymentKey, (redis) => redis.hget(deploymentKey, 'shards'));
  return shards === null ? undefined : Number(shards);
}

/**
 * Sets the number of shards when this deployment's first node starts, and holds every later one to it.
 * @throws DeploymentMismatch naming both numbers; RedisUnavailable | ReplyError (Redis takes no writes)
 */
export async function agreeOnShards(link: RedisLink, shards: number): Promise<void> {
  const agreed = Number(await link.run('deployment_agree', { deploymentKey, shards }));
  if (agreed === shards) return;
  throw new DeploymentMismatch(
    `RELAY_SHARDS is ${shards}, but this Redis was set up with ${agreed} shards: set RELAY_SHARDS=${agreed}, or use an empty Redis.`,
  );
}
