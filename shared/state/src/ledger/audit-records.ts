import type { RedisLink } from '../link/redis-link';
import { auditKey } from '../scripts/keys';
import { packFields } from '../scripts/message-pack';

const fields = [
  'atMs',
  'accepted',
  'acked',
  'expired',
  'queued',
  'missing',
  'unbalancedShards',
  'shards',
  'countedShards',
  'inexactShards',
  'uncertain',
] as const;

/**
 * The last audit of all shards' books. Counts are of the shards that could be counted, exactly or not.
 * @property atMs Unix ms by Redis's clock
 * @property missing accepted - acked - expired - queued; may be 0 where one shard misses what another has too many of
 * @property countedShards of `shards`, whose queues were counted to the message
 * @property inexactShards in which too much went on for that; `uncertain` messages could be missing in them, or none. What is
 *   neither in these nor in `countedShards` could not be reached.
 */
export type AuditRecord = Record<(typeof fields)[number], number>;

/** Where the janitor leaves its last audit of the ledger. */
export class AuditRecords {
  constructor(private readonly link: RedisLink) {}

  /** @throws RedisUnavailable | ReplyError */
  async write(record: AuditRecord): Promise<void> {
    const named = fields.map((field) => [field, record[field]] as const);
    await this.link.run('audit_record', { auditKey, fields: packFields(named) });
  }

  /** None before the first audit. @throws RedisUnavailable */
  async read(): Promise<AuditRecord | undefined> {
    const hash = await this.link.command(auditKey, (redis) => redis.hgetall(auditKey));
    if (hash.atMs === undefined) return undefined;
    return Object.fromEntries(fields.map((field) => [field, Number(hash[field] ?? 0)])) as AuditRecord;
  }
}
