import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BandwidthLedger, BandwidthMonths, RedisLink } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { RedisRig } from '@openrelay/testing';
import { BandwidthMeter } from '../../src/connection/bandwidth-meter';

const rig = new RedisRig((url) => new RedisLink({ url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() }));

beforeAll(() => rig.start());

afterAll(() => rig.stop());

test('a meter that is closed while it flushes adds what came since, and nothing twice', async () => {
  const ledger = new BandwidthLedger(rig.link, 'n1');
  const meter = new BandwidthMeter(ledger, { monthlyLimitBytes: 1e12, warningThresholdBytes: 1e12 }, createMetrics());
  meter.count('in', 100);
  const flushed = meter.flush();
  meter.count('out', 50);
  await Promise.all([flushed, meter.close()]);
  expect(await new BandwidthMonths(rig.link).usedBytes(ledger.currentMonth())).toBe(150);
  expect(meter.usedBytes).toBe(150);
});
