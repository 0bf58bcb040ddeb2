import { parseRedisAddress } from './redis-address';
import { createRetryingClient, type RedisClient } from './redis-client';
import { isUnready, NobodyAnswers } from './redis-errors';

/** A connection for a job queue alone, which may make copies of it; nothing of the relay goes over it. */
export type JobConnection = RedisClient;

/**
 * Makes a connection for BullMQ, from any form of `REDIS_URL`. It is not connected yet and never gives up: what is asked
 * while Redis is unavailable waits for it.
 * @throws Error when a part of the URL is missing
 */
export function createJobConnection(url: string): JobConnection {
  return createRetryingClient(parseRedisAddress(url));
}

const lost = /Connection is closed|Socket timeout|None of startup nodes|Too many Cluster redirections/;

/** Whether an error of such a connection only says that Redis is unavailable, which `RedisLink` tells too. */
export function isConnectionLost(error: Error): boolean {
  return 'syscall' in error || error instanceof NobodyAnswers || lost.test(error.message) || isUnready(error);
}
