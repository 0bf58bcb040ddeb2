import type { RedisLink } from '../link/redis-link';
import { deploymentKey } from '../scripts/keys';
import { NodeDirectory } from './node-directory';
import { type Adopted, adoptShards } from './old-layout';

/** A node whose settings contradict what the deployment was set up with; it must not start. */
export class DeploymentMismatch extends Error {
  override name = 'DeploymentMismatch';
}

/** Edges of an older version run, whose keys are laid out otherwise; a newer one must not start. */
export class OlderEdgesRun extends Error {
  override name = 'OlderEdgesRun';
}

/** The number of shards of this deployment; none before its first node started. @throws RedisUnavailable */
export async function agreedShards(link: RedisLink): Promise<number | undefined> {
  const shards = await link.command(deploymentKey, (redis) => redis.hget(deploymentKey, 'shardCount'));
  return shards === null ? undefined : Number(shards);
}

/**
 * Sets the number of shards when this deployment's first node starts, and holds every later one to it. What waits in a Redis of an
 * older version is taken over, which may be interrupted and begun again; answers what that was, if anything.
 * @throws DeploymentMismatch naming both numbers; OlderEdgesRun; RedisUnavailable | ReplyError (Redis takes no writes)
 */
export async function agreeOnShards(link: RedisLink, shards: number): Promise<Adopted | undefined> {
  const [state, number] = (await link.run('deployment_agree', { deploymentKey, shards })) as [Buffer, Buffer];
  const agreed = Number(number);
  if (agreed !== shards) {
    throw new DeploymentMismatch(
      `RELAY_SHARDS is ${shards}, but this Redis was set up with ${agreed} shards: set RELAY_SHARDS=${agreed}, or use an empty Redis.`,
    );
  }
  return String(state) === 'agreed' ? undefined : moveTo(link, shards);
}

/** Nobody begins while older edges run, and nobody ends: one that started at that moment finds out with its first heartbeat. */
async function moveTo(link: RedisLink, shards: number): Promise<Adopted> {
  await refuseBesideOlder(link);
  await link.run('deployment_move', { deploymentKey, step: 'begun' });
  const adopted = await adoptShards(link, shards);
  await refuseBesideOlder(link);
  await link.run('deployment_move', { deploymentKey, step: 'ended' });
  return adopted;
}

async function refuseBesideOlder(link: RedisLink): Promise<void> {
  const older = await new NodeDirectory(link).listOlder();
  if (older.length === 0) return;
  throw new OlderEdgesRun(
    `Edges of an older version run, or did 15 s ago (${older.join(', ')}): stop all of them and their janitors first, then start this version. It takes over what waits for devices.`,
  );
}
