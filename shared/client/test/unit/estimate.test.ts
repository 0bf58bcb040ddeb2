import { expect, test } from '@jest/globals';
import { Pacer } from '../../src/index';
import { chunkBytesFor } from '../../src/transfers/chunk-bytes';

/** RESPONSES.md: Limits. */
const defaults = { requests_per_minute: 60, points_per_minute: 512, requests_left: 60, points_left: 512 };
const messageBytes = 65_536;
/** For texts in between. */
const sparePoints = 64;

function estimateSeconds(fileBytes: number): number {
  const pacer = new Pacer(() => 1_800_000_000_000);
  pacer.told(defaults);
  const bytes = Math.ceil(fileBytes / chunkBytesFor(messageBytes)) * messageBytes;
  return pacer.estimateSeconds(bytes, messageBytes, sparePoints);
}

test.each([
  [450_000, 0],
  [900_000, 60],
  [10_000_000, 21 * 60],
  [50_000_000, 109 * 60],
])('the default limits make a file of %i bytes take %i seconds', (fileBytes, seconds) => {
  expect(estimateSeconds(fileBytes)).toBe(seconds);
});

test('while a file is sent, the minute keeps room for texts', () => {
  const pacer = new Pacer(() => 1_800_000_000_000);
  pacer.told(defaults);
  let chunks = 0;
  for (; pacer.waitMs(64, sparePoints) === 0; chunks += 1) pacer.spent(64);
  expect(chunks).toBe(7);
  expect(pacer.waitMs(64)).toBe(0);
});

test.each([undefined, {}])(
  'before a relay told its limits (%j), those of the protocol are reckoned with, and nothing waits',
  (limits) => {
    const pacer = new Pacer(() => 1_800_000_000_000);
    if (limits !== undefined) pacer.told(limits);
    const bytes = Math.ceil(50_000_000 / chunkBytesFor(messageBytes)) * messageBytes;
    expect(pacer.estimateSeconds(bytes, messageBytes, sparePoints)).toBe(109 * 60);
    expect(pacer.waitMs(600)).toBe(0);
  },
);

test('limits that a relay has switched off make nothing take time', () => {
  const pacer = new Pacer(() => 1_800_000_000_000);
  pacer.told({ requests_per_minute: 0, points_per_minute: 0 });
  expect(pacer.estimateSeconds(50_000_000, messageBytes, sparePoints)).toBe(0);
});
