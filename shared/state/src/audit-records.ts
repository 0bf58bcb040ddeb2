import { auditKey } from './keys';
import type { RedisLink } from './redis-link';

/** The last audit of all shards' books. Counts are of the shards that could be counted. */
export type AuditRecord = {
  /** Unix ms by Redis's clock. */
  atMs: number;
  accepted: number;
  acked: number;
  expired: number;
  queued: number;
  /** accepted - acked - expired - queued; may be 0 where one shard misses what another has too many of. */
  missing: number;
  unbalancedShards: number;
  /** Too much went on in these to count them. */
  busyShards: number;
};

/** Where the janitor leaves its last audit of the ledger. */
export class AuditRecords {
  constructor(private readonly link: RedisLink) {}

  /** @throws RedisAway */
  async write(record: AuditRecord): Promise<void> {
    await this.link.command(auditKey, (redis) => redis.hset(auditKey, record));
  }

  /** None before the first audit. @throws RedisAway */
  async read(): Promise<AuditRecord | undefined> {
    const hash = await this.link.command(auditKey, (redis) => redis.hgetall(auditKey));
    const number = (field: keyof AuditRecord) => Number(hash[field] ?? 0);
    if (hash.atMs === undefined) return undefined;
    return {
      atMs: number('atMs'),
      accepted: number('accepted'),
      acked: number('acked'),
      expired: number('expired'),
      queued: number('queued'),
      missing: number('missing'),
      unbalancedShards: number('unbalancedShards'),
      busyShards: number('busyShards'),
    };
  }
}
