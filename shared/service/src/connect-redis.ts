import { setTimeout as pause } from 'node:timers/promises';
import { isReplicaReason, lacksPermission, type RedisLink, RedisUnavailable, replicaNamed } from '@openrelay/state';

const retryMs = 100;

/** Redis answers, but wants another user or password than those of the settings. */
const accessForm = /^(?:WRONGPASS|NOAUTH)/;

/** Redis answers, but refuses. */
const refusalForm =
  /^(?:database \d|it is not in cluster mode|it knows no TIME|no Sentinel tells .*(?:NOAUTH|WRONGPASS|No such master))/;

/** A server without TLS is as silent as a stopped one, or its answer is no TLS. */
const noTlsForm = /no answer in time|not connected yet|ETIMEDOUT|wrong version number|packet length too long/;

/** Waits for Redis to answer. @throws Error in one sentence, having closed the link, when it does not within the bound */
export async function connectRedis(link: RedisLink, boundMs: number): Promise<void> {
  try {
    await link.connect(boundMs);
  } catch (error) {
    link.close();
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === isReplicaReason) throw new Error(replicaNamed);
    if (reason.startsWith('NOPERM')) throw new Error(lacksPermission(reason));
    if (accessForm.test(reason)) throw new Error(accessRefused(reason));
    if (refusalForm.test(reason)) throw new Error(`Redis refuses what REDIS_URL says: ${reason.replace(/\.$/, '')}.`);
    const orNoTls =
      link.wantsTls && noTlsForm.test(reason) ? ', or speaks no TLS there, for which redis:// stands' : '';
    throw new Error(unanswered(reason, orNoTls));
  }
}

/**
 * Asks Redis for what a service cannot start without, once more for as long as Redis is unavailable: it, or the machine, may have
 * stalled for a moment. @throws Error in one sentence when the bound is over; whatever else asking throws
 */
export async function askAtStart<Answer>(ask: () => Promise<Answer>, boundMs: number): Promise<Answer> {
  const endsAtMs = performance.now() + boundMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      if (performance.now() >= endsAtMs) throw new Error(unanswered(error.message));
    }
    await pause(retryMs);
  }
}

function unanswered(reason: string, orWhatElse = ''): string {
  return `Redis does not answer (${reason})${orWhatElse}: check REDIS_URL, and that Redis is running.`;
}

function accessRefused(reason: string): string {
  const places = 'REDIS_USERNAME and REDIS_PASSWORD or REDIS_PASSWORD_FILE, or what REDIS_URL has in their place';
  return `Redis refuses the user or the password (${reason.replace(/\.$/, '')}): check ${places}.`;
}
