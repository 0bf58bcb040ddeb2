import { describe, expect, test } from '@jest/globals';
import { deviceKeyOf } from '@openrelay/protocol';
import { freshHardwareId } from '@openrelay/testing';
import { bandwidthFlushKey, bandwidthKey, nodeChannel, shardOf, shardPrefix } from '../../src/scripts/keys';

const device = deviceKeyOf('0123456789abcdef0123456789abcdef');

describe('the shard of a device', () => {
  test('is the same in every process and every version, since queues lie in it', () => {
    expect([1, 2, 16, 1024].map((shards) => shardOf(device, shards))).toEqual([0, 1, 5, 1013]);
    expect(shardOf(deviceKeyOf('FF'.repeat(32)), 1024)).toBe(709);
  });

  test('does not depend on how the id is written', () => {
    expect(shardOf(deviceKeyOf('0123456789ABCDEF0123456789abcdef'), 1024)).toBe(shardOf(device, 1024));
  });

  test('spreads devices evenly', () => {
    const counts = Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i += 1) counts[shardOf(deviceKeyOf(freshHardwareId()), 16)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });
});

describe('keys that one script touches', () => {
  test('share one hash tag', () => {
    expect(shardPrefix(3)).toBe('or:{3}:');
    expect(nodeChannel(3, 'n')).toBe('or:{3}:to:n');
    const tags = [bandwidthKey('2026-01'), bandwidthFlushKey('n')].map((key) => /\{(.+?)\}/.exec(key)![1]);
    expect(new Set(tags).size).toBe(1);
  });
});
