import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunningRedis, startRedis } from '@openrelay/launch';
import { BandwidthLedger, BandwidthMonths, RedisLink } from '@openrelay/state';
import { createMetrics } from '@openrelay/telemetry';
import { BandwidthMeter } from '../../src/connection/bandwidth-meter';

let server: RunningRedis;
let link: RedisLink;

beforeAll(async () => {
  server = await startRedis();
  link = new RedisLink({ url: server.url, commandTimeoutMs: 5000, monotonicMs: () => performance.now() });
  await link.connect(5000);
});

afterAll(async () => {
  link.close();
  await server.stop();
});

test('a meter that is closed while it flushes adds what came since, and nothing twice', async () => {
  const ledger = new BandwidthLedger(link, 'n1');
  const meter = new BandwidthMeter(ledger, { monthlyLimitBytes: 1e12, warningThresholdBytes: 1e12 }, createMetrics());
  meter.count('in', 100);
  const flushed = meter.flush();
  meter.count('out', 50);
  await Promise.all([flushed, meter.close()]);
  expect(await new BandwidthMonths(link).usedBytes(ledger.currentMonth())).toBe(150);
  expect(meter.usedBytes).toBe(150);
});
