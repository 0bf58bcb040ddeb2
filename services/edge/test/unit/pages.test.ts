import { expect, test } from '@jest/globals';
import { createMetrics } from '@openrelay/telemetry';
import { createPages } from '../../src/upkeep/pages';

test('a crowd that asks for /metrics has them written out once', async () => {
  const metrics = createMetrics();
  let written = 0;
  metrics.gauge('connections', () => ++written);
  const bandwidth = { describe: () => '' };
  const pages = createPages({ metrics, bandwidth, unready: () => undefined, files: [], monotonicMs: () => 0 });
  const answers = await Promise.all(Array.from({ length: 200 }, async () => pages['/metrics']!(new Map())));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(written).toBe(1);
});
