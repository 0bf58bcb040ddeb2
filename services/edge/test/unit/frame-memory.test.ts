import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Tick } from '../../src/batching/tick';
import { FrameMemory, mostFreeBytes } from '../../src/connection/frame-memory';

const large = 70_000;

function rig() {
  const tick = new Tick((asks) => asks());
  const seen: number[] = [];
  const written: Buffer[] = [];
  tick.eachWrite(() => {
    for (const frame of written.splice(0)) seen.push(frame[0]!);
  });
  const frames = new FrameMemory(tick);
  const frameOf = (value: number, length = large) => frames.allocate(length).fill(value);
  return { frames, frameOf, written, seen };
}

test('a large frame gets the memory of one that was released, when that has been written', async () => {
  const { frames, frameOf, written, seen } = rig();
  const first = frameOf(1);
  written.push(first);
  frames.release(first);
  const second = frameOf(2);
  expect(second.buffer).not.toBe(first.buffer);
  await turn();
  expect(seen).toEqual([1]);
  const third = frameOf(3, large + 1000);
  expect(third.buffer).toBe(first.buffer);
  expect(third).toHaveLength(large + 1000);
  expect(second.every((byte) => byte === 2)).toBe(true);
});

test('memory is given to one frame at a time, however often it is released', async () => {
  const { frames, frameOf } = rig();
  const first = frameOf(1);
  frames.release(first);
  frames.release(first);
  await turn();
  const [second, third] = [frameOf(2), frameOf(3)];
  expect(second.buffer).toBe(first.buffer);
  expect(third.buffer).not.toBe(second.buffer);
});

test('a frame that is released once more does not take its memory from the frame that has it now', async () => {
  const { frames, frameOf } = rig();
  const first = frameOf(1);
  frames.release(first);
  await turn();
  const second = frameOf(2);
  expect(second.buffer).toBe(first.buffer);
  frames.release(first);
  await turn();
  expect(frameOf(3).buffer).not.toBe(second.buffer);
  expect(second.every((byte) => byte === 2)).toBe(true);
});

test('what comes from elsewhere is never used', async () => {
  const { frames, frameOf } = rig();
  const other = Buffer.alloc(128 * 1024);
  for (const frame of [other, other.subarray(0, large), 'x'.repeat(large), new Uint8Array(large)])
    frames.release(frame);
  await turn();
  for (let i = 0; i < 4; i += 1) expect(frameOf(i).buffer).not.toBe(other.buffer);
});

test('no more than so much of it is kept', async () => {
  const { frames, frameOf } = rig();
  const all = Array.from({ length: Math.ceil(mostFreeBytes / large) + 10 }, (_, i) => frameOf(i));
  for (const frame of all) frames.release(frame);
  await turn();
  const before = new Set(all.map(({ buffer }) => buffer));
  const again = all.map(() => frameOf(0).buffer);
  const reused = again.filter((buffer) => before.has(buffer));
  expect(reused.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(mostFreeBytes);
  expect(reused.length).toBeGreaterThan(100);
});

test('memory of sizes that nobody sends any more gives way to that of others', async () => {
  const { frames, frameOf } = rig();
  const megabytes = Array.from({ length: 2 * (mostFreeBytes / 2 ** 20) }, (_, i) => frameOf(i, 2 ** 20));
  for (const frame of megabytes) frames.release(frame);
  await turn();
  const first = frameOf(1);
  frames.release(first);
  await turn();
  expect(frameOf(2).buffer).toBe(first.buffer);
});

test('a frame larger than all that is kept takes nothing from others', async () => {
  const { frames, frameOf } = rig();
  const first = frameOf(1);
  frames.release(first);
  frames.release(frameOf(2, mostFreeBytes + 1));
  await turn();
  expect(frameOf(3).buffer).toBe(first.buffer);
});

test('small frames are as others are', () => {
  const { frames } = rig();
  const frame = frames.allocate(900);
  expect(frame).toHaveLength(900);
  expect(() => frames.release(frame)).not.toThrow();
});
