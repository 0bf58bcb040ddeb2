import { expect, test } from '@jest/globals';
import { freshHardwareId } from '../../src/index';

test('a fresh hardware id is 64 upper-case hex digits, another each time', () => {
  expect(freshHardwareId()).toMatch(/^[0-9A-F]{64}$/);
  expect(freshHardwareId()).not.toBe(freshHardwareId());
});

test('a hardware id comes from the randomness that it is given', () => {
  expect(freshHardwareId((byteCount) => new Uint8Array(byteCount).fill(0xab))).toBe('AB'.repeat(32));
});
