import { beforeEach, describe, expect, test } from '@jest/globals';
import { AuditRecords } from '@openrelay/state';
import { auditLedger } from '../../src/jobs/audit-ledger';
import { expireQueues } from '../../src/jobs/expire-queues';
import { freshDevice, hourMs, messagesTo, useJanitorRig } from './janitor-rig';

const rig = useJanitorRig();

beforeEach(() => rig.empty());

describe('the audit of the ledger', () => {
  test('leaves the sums of all shards, which balance', async () => {
    await rig.accept(0, messagesTo(freshDevice(), 5, 0));
    await rig.accept(3, messagesTo(freshDevice(), 7, hourMs));
    await expireQueues(rig.work());
    expect(await auditLedger(rig.work())).toEqual({
      shards: 4,
      countedShards: 4,
      inexactShards: 0,
      missing: 0,
      unbalancedShards: 0,
    });
    const record = await new AuditRecords(rig.link).read();
    expect(record).toEqual({
      atMs: expect.any(Number),
      accepted: 12,
      acked: 0,
      expired: 5,
      queued: 7,
      missing: 0,
      unbalancedShards: 0,
      shards: 4,
      countedShards: 4,
      inexactShards: 0,
      uncertain: 0,
    });
    expect(Math.abs(record!.atMs - rig.link.clock.now())).toBeLessThan(60_000);
    expect(await rig.counted('ledger_imbalances')).toBe(0);
    expect(rig.logged).toEqual([]);
  });

  test('notices, counts and tells a message that is missing', async () => {
    const device = freshDevice();
    await rig.accept(2, messagesTo(device, 5, hourMs));
    await rig.redis.hdel(`or:{2}:box:${device}`, '3');
    expect(await auditLedger(rig.work())).toMatchObject({ missing: 1, unbalancedShards: 1 });
    expect(await new AuditRecords(rig.link).read()).toMatchObject({ missing: 1, unbalancedShards: 1 });
    expect(await rig.counted('ledger_imbalances')).toBe(1);
    expect(rig.logged).toMatchObject([{ level: 'error', event: 'ledger.unbalanced', shard: 2, missing: 1 }]);
  });

  test('tells of shards that are wrong in opposite ways', async () => {
    for (const [shard, change] of [
      [0, 2],
      [1, -2],
    ] as const) {
      await rig.accept(shard, messagesTo(freshDevice(), 5, hourMs));
      await rig.redis.hincrby(`or:{${shard}}:ledger`, 'accepted', change);
    }
    expect(await auditLedger(rig.work())).toMatchObject({ missing: 0, unbalancedShards: 2 });
  });

  test('says of how many shards it could count, when one cannot be', async () => {
    await rig.accept(0, messagesTo(freshDevice(), 5, hourMs));
    await rig.redis.set('or:{3}:expiry', 'of another type');
    await expect(auditLedger(rig.work())).rejects.toThrow('1 of 4 shards were left out');
    expect(await new AuditRecords(rig.link).read()).toMatchObject({ shards: 4, countedShards: 3, queued: 5 });
  });

  test('has no record before the first one', async () => {
    expect(await new AuditRecords(rig.link).read()).toBeUndefined();
  });
});
