import { expect, test } from '@jest/globals';
import { type DeviceKey, deviceKeyOf } from '@openrelay/protocol';
import { Connection, floodGuardOf, holdingOf } from '../../src/connection/connection';
import { FloodMemory, maxRemembered } from '../../src/connection/flood-memory';
import { openSocket } from './edge-rig';

const limit = 10;
const minuteMs = 60_000;

function rig() {
  let nowMs = minuteMs;
  const memory = new FloodMemory({ controlFramesPerMinute: limit, monotonicMs: () => nowMs });
  const ended = (device: DeviceKey, frames: number, sinceMs = 1): Connection => {
    const connection = new Connection(openSocket(), 'json', 0);
    const holding = holdingOf(connection);
    holding.identify(device, device, 0, true);
    holding.sinceMs = sinceMs;
    for (let frame = 0; frame < frames; frame += 1) floodGuardOf(connection).count(limit, nowMs);
    memory.remember(connection);
    return connection;
  };
  /** A connection names the device, and holds it if it may. */
  const comeBack = (device: DeviceKey) => {
    const connection = new Connection(openSocket(), 'json', 0);
    const waitMs = memory.waitMs(device);
    holdingOf(connection).identify(device, device, 0, true);
    if (waitMs === 0) memory.resume(connection);
    return { waitMs, counted: floodGuardOf(connection).countedBy(nowMs) };
  };
  const name = (device: DeviceKey) => memory.waitMs(device);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ended, comeBack, name, pass };
}

const numbered = (number: number) => deviceKeyOf(number.toString(16).padStart(64, '0'));
const device = numbered(1);

test('a device that flooded waits for a minute, however often it asks, and begins anew then', () => {
  const { ended, comeBack, pass } = rig();
  ended(device, 2 * limit + 1);
  expect(comeBack(device).waitMs).toBe(minuteMs);
  pass(minuteMs - 1);
  expect(comeBack(device).waitMs).toBe(1);
  pass(1);
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: 0 });
});

test('a busy device goes on with its minute, once, and a quiet one is forgotten', () => {
  const { ended, comeBack } = rig();
  ended(device, limit);
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: limit });
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: 0 });
  ended(device, limit / 5);
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: 0 });
});

test('who only names a device takes nothing of its minute away', () => {
  const { ended, comeBack, name } = rig();
  ended(device, limit);
  for (let times = 0; times < 3; times += 1) expect(name(device)).toBe(0);
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: limit });
});

test('who never held the device cannot have it refused', () => {
  const { ended, comeBack } = rig();
  ended(device, 2 * limit + 1, 0);
  expect(comeBack(device)).toEqual({ waitMs: 0, counted: 0 });
});

test('an older connection that ends later lets nobody in', () => {
  const { ended, comeBack } = rig();
  ended(device, 2 * limit + 1);
  ended(device, limit);
  expect(comeBack(device).waitMs).toBe(minuteMs);
});

test('so many are remembered, the latest ones', () => {
  const { ended, comeBack } = rig();
  for (let number = 0; number <= maxRemembered; number += 1) ended(numbered(number), 2 * limit + 1);
  expect(comeBack(numbered(0)).waitMs).toBe(0);
  expect(comeBack(numbered(1)).waitMs).toBe(minuteMs);
  expect(comeBack(numbered(maxRemembered)).waitMs).toBe(minuteMs);
});
