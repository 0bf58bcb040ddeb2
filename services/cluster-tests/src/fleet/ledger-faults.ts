import { agreedShards, Ledger, RedisLink } from '@openrelay/state';

const boundMs = 5000;

/**
 * A sentence for each shard in which what the relay has counted differs from what lies in its queues. Nothing may be under way.
 * @throws RedisUnavailable
 */
export async function ledgerFaults(redisUrl: string): Promise<string[]> {
  const link = new RedisLink({ url: redisUrl, commandTimeoutMs: boundMs, monotonicMs: () => performance.now() });
  try {
    await link.connect(boundMs);
    const shards = (await agreedShards(link)) ?? 0;
    const ledger = new Ledger(link);
    const faults: string[] = [];
    for (let shard = 0; shard < shards; shard += 1) {
      const audit = await ledger.audit(shard);
      if (audit.status !== 'balanced') faults.push(`the ledger of shard ${shard}: ${JSON.stringify(audit)}`);
    }
    return faults;
  } finally {
    link.close();
  }
}
