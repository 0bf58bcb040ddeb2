import { beforeEach, expect, test } from '@jest/globals';
import { RedisUnavailable } from '@openrelay/state';
import { WriteHealth } from '../../src/upkeep/write-health';

const diskFull = new Error('MISCONF Errors writing to the AOF file: No space left on device');
const memoryFull = new Error("OOM command not allowed when used memory > 'maxmemory'. script: f00, on @user_script:1.");

let nowMs = 0;
let told: unknown[][] = [];
let writes: WriteHealth;
let failures: (Error | undefined)[];
let makeAll: () => Promise<unknown>;

beforeEach(() => {
  told = [];
  const tell = (...said: unknown[]) => void told.push(said);
  writes = new WriteHealth({ warn: tell, info: tell }, () => nowMs);
  failures = [undefined, undefined];
  const both = [0, 1].map((index) =>
    writes.watched(async () => {
      if (failures[index]) throw failures[index];
    }),
  );
  makeAll = () => Promise.all(both.map((write) => write()));
});

test('writes that are all refused are told once, and once again when they are taken', async () => {
  failures = [diskFull, diskFull];
  await makeAll();
  await makeAll();
  expect(writes.refusal).toBe(diskFull.message);
  nowMs += 1500;
  failures = [];
  await makeAll();
  await makeAll();
  expect(writes.refusal).toBeUndefined();
  expect(told).toEqual([
    ['redis.refuses', { reason: diskFull.message }],
    ['redis.accepts', { refusedMs: 1500 }],
  ]);
});

test('one that is refused while the other is taken is told, and is no reason to send devices elsewhere', async () => {
  failures = [undefined, memoryFull];
  await makeAll();
  expect(writes.refusal).toBeUndefined();
  expect(told).toEqual([['redis.refuses', { reason: "OOM command not allowed when used memory > 'maxmemory'" }]]);
});

test.each([new RedisUnavailable('gone'), new Error('WRONGTYPE of a key')])(
  '%s is for others to tell',
  async (other) => {
    failures = [diskFull, diskFull];
    await makeAll();
    failures = [other, other];
    await expect(makeAll()).rejects.toBe(other);
    expect(writes.refusal).toBe(diskFull.message);
    expect(told).toHaveLength(1);
  },
);
