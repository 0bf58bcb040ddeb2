import { watchRedis } from '@openrelay/service';
import { type Inbox, lacksPermission, type RedisLink } from '@openrelay/state';
import type { Log, Metrics } from '@openrelay/telemetry';
import { handleNotices, type NoticeParts } from '../routing/notices';
import { waitUntil } from './drain';
import type { NodeStats } from './node-stats';

/** Why a node without a subscription cannot start. @param refusal what Redis said to it */
function unsubscribed(refusal: string): string {
  if (refusal.includes('NOPERM')) return lacksPermission(refusal.replace(/^\w*Error: /, ''));
  if (!/unknown command/i.test(refusal)) return `Redis takes no sharded subscriptions (${refusal}): check REDIS_URL.`;
  return 'Redis takes no sharded subscriptions (SSUBSCRIBE): OpenRelay needs Redis 7.0 or later.';
}

/** Opens the node's channels. @throws Error in one sentence when they are not open in time */
export async function openInbox(inbox: Inbox, boundMs: number): Promise<void> {
  let refusal = 'no answer in time';
  const noteRefusal = (reason: string) => {
    refusal = reason;
  };
  inbox.on('replaced', noteRefusal).start();
  await waitUntil(() => inbox.isComplete, boundMs);
  inbox.off('replaced', noteRefusal);
  if (!inbox.isComplete) throw new Error(unsubscribed(refusal));
}

export type RedisEventParts = NoticeParts & {
  link: RedisLink;
  inbox: Inbox;
  metrics: Metrics;
  log: Log;
  nodeStats: NodeStats;
  /** Tells a Redis that may be empty how many shards there are. */
  agree: () => Promise<void>;
};

/** From here on Redis may come and go: notices go to their parts, and when it is back the devices register again. */
export function followRedis(parts: RedisEventParts): void {
  const { link, inbox, metrics, log } = parts;
  watchRedis(link, log);
  link.on('available', () => {
    void parts.agree().catch(() => undefined); // the heartbeat, which is soon, tells of it
    recover(parts, inbox.listeningShards);
  });
  inbox.on('replaced', (reason) => {
    metrics.count('subscriber_replacements');
    log.warn('subscriber.replaced', { reason });
  });
  // Devices that registered before the channels are open would miss what is published for them.
  inbox.on('listening', (shards) => {
    if (link.isAvailable) recover(parts, shards); // else when it is
  });
  inbox.on('probed', (tookMs) => parts.nodeStats.noteRoundTrip(tookMs));
  inbox.on('missed', (shards) => {
    metrics.count('notices_missed');
    parts.doubtful.addShards(shards);
  });
  inbox.on('unreadable', (notices) => {
    metrics.add('notices_unreadable', notices);
    parts.failed(new Error('a notice from Redis could not be read'));
  });
  inbox.on('notices', (notices) => handleNotices(parts, notices));
  metrics.gauge('redis_available', () => (link.isAvailable ? 1 : 0));
  metrics.gauge('probe_age_seconds', () => inbox.probeAgeMs / 1000);
}

function recover({ registrations, sessions }: RedisEventParts, shards: ReadonlySet<number>): void {
  const held = Array.from(sessions.connections).filter(({ shard }) => shards.has(shard)); // each gets a new session meanwhile
  for (const connection of held) registrations.recover(connection);
}
