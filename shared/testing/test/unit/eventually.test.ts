import { describe, expect, test } from '@jest/globals';
import { eventually, freshHardwareId } from '../../src/index';

describe('eventually', () => {
  test('returns what the assertion returns as soon as it stops throwing', async () => {
    let calls = 0;
    const result = await eventually(
      () => {
        calls += 1;
        expect(calls).toBe(3);
        return 'done';
      },
      { intervalMs: 1 },
    );
    expect(result).toBe('done');
    expect(calls).toBe(3);
  });

  test('throws the last error at the time-out', async () => {
    let calls = 0;
    const failing = eventually(
      async () => {
        calls += 1;
        throw new Error(`call ${calls}`);
      },
      { timeoutMs: 20, intervalMs: 1 },
    );
    await expect(failing).rejects.toThrow(/^call \d+$/);
    expect(calls).toBeGreaterThan(1);
  });
});

describe('freshHardwareId', () => {
  test('is 64 upper-case hex digits, another each time', () => {
    expect(freshHardwareId()).toMatch(/^[0-9A-F]{64}$/);
    expect(freshHardwareId()).not.toBe(freshHardwareId());
  });

  test('comes from the randomness that it is given', () => {
    expect(freshHardwareId((byteCount) => new Uint8Array(byteCount).fill(0xab))).toBe('AB'.repeat(32));
  });
});
