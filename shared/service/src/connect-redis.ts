import { isReplicaReason, lacksPermission, type RedisLink, replicaNamed } from '@openrelay/state';

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
    throw new Error(`Redis does not answer (${reason})${orNoTls}: check REDIS_URL, and that Redis is running.`);
  }
}

function accessRefused(reason: string): string {
  const places = 'REDIS_USERNAME and REDIS_PASSWORD or REDIS_PASSWORD_FILE, or what REDIS_URL has in their place';
  return `Redis refuses the user or the password (${reason.replace(/\.$/, '')}): check ${places}.`;
}
