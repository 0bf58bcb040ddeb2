import { deploymentKey } from './keys';
import type { RedisLink } from './redis-link';

/** A node whose settings contradict what the deployment was set up with; it must not start. */
export class DeploymentMismatch extends Error {
  override name = 'DeploymentMismatch';
}

/**
 * Sets the number of shards when this deployment's first node starts, and holds every later one to it.
 * @throws DeploymentMismatch naming both numbers; RedisAway
 */
export async function agreeOnShards(link: RedisLink, shards: number): Promise<void> {
  const agreed = await link.command(async (redis) => {
    await redis.hsetnx(deploymentKey, 'shards', shards);
    return Number(await redis.hget(deploymentKey, 'shards'));
  });
  if (agreed === shards) return;
  throw new DeploymentMismatch(
    `RELAY_SHARDS is ${shards}, but this Redis was set up with ${agreed} shards: set RELAY_SHARDS=${agreed}, or use an empty Redis.`,
  );
}
