import { expect, test } from '@jest/globals';
import { Pacer } from '../../src/index';
import { chunkBytesFor } from '../../src/transfers/chunk-bytes';

/** RESPONSES.md: Limits. */
const defaults = { requests_per_minute: 60, points_per_minute: 512, requests_left: 60, points_left: 512 };
const messageBytes = 65_536;

function estimateSeconds(fileBytes: number): number {
  const pacer = new Pacer(() => 1_800_000_000_000);
  pacer.told(defaults);
  return pacer.estimateSeconds(Math.ceil(fileBytes / chunkBytesFor(messageBytes)) * messageBytes, messageBytes);
}

test.each([
  [500_000, 0],
  [1_000_000, 60],
  [10_000_000, 19 * 60],
  [50_000_000, 95 * 60],
])('the default limits make a file of %i bytes take %i seconds', (fileBytes, seconds) => {
  expect(estimateSeconds(fileBytes)).toBe(seconds);
});
