import { isReplicaReason, type RedisLink, replicaNamed } from '@openrelay/state';

/** Waits for Redis to answer. @throws Error in one sentence, having closed the link, when it does not within the bound */
export async function connectRedis(link: RedisLink, boundMs: number): Promise<void> {
  try {
    await link.connect(boundMs);
  } catch (error) {
    link.close();
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === isReplicaReason) throw new Error(replicaNamed);
    throw new Error(`Redis does not answer (${reason}): check REDIS_URL, and that Redis is running.`);
  }
}
