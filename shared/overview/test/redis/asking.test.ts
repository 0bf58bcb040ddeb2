import { describe, expect, test } from '@jest/globals';
import { freshHardwareId } from '@openrelay/testing';
import { useOverviewRig } from './overview-rig';

const rig = useOverviewRig();

describe('a device', () => {
  test('is told by its first digits, with what waits for it', async () => {
    await rig.serve();
    const hardwareId = freshHardwareId();
    await rig.queue(hardwareId, 2);
    const view = await rig.overview.device(hardwareId.toLowerCase());
    expect(view).toMatchObject({ device: hardwareId.slice(0, 8), registered: 'no', queued: 2 });
    expect(Math.abs(view.oldestQueuedAtMs! - Date.now())).toBeLessThan(60_000);
    expect(JSON.stringify(view)).not.toContain(hardwareId.slice(0, 9));
  });

  test('that nobody knows has nothing', async () => {
    await rig.serve();
    expect(await rig.overview.device(freshHardwareId())).toMatchObject({
      registered: 'no',
      queued: 0,
      oldestQueuedAtMs: null,
    });
  });
});

describe('the audit of the ledger', () => {
  test('tells of each shard, and that all balance', async () => {
    await rig.serve();
    await rig.queue(freshHardwareId(), 2);
    const seen: [number, string][] = [];
    expect(await rig.overview.auditLedger((shard, { status }) => seen.push([shard, status]))).toBe('balanced');
    expect(seen).toEqual([0, 1, 2, 3].map((shard) => [shard, 'balanced']));
  });

  test('finds the shard whose books were tampered with', async () => {
    await rig.serve();
    await rig.link.command('or:{2}:ledger', (redis) => redis.hincrby('or:{2}:ledger', 'accepted', 2));
    const seen: string[] = [];
    expect(await rig.overview.auditLedger((_, { status }) => seen.push(status))).toBe('unbalanced');
    expect(seen).toEqual(['balanced', 'balanced', 'unbalanced', 'balanced']);
  });
});
