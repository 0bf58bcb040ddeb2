import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Troubles } from '../../src/holding/troubles';

let folder: string;
let now = 1_000;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-troubles-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = () => new Troubles(join(folder, 'troubles.json'), () => now);

test('what was said again is one trouble, counted, and the last one of the list', async () => {
  const troubles = open();
  await Promise.all([troubles.add('One.'), troubles.add('Two.'), troubles.add('One.')]);
  expect(await open().list()).toEqual([
    { sentence: 'Two.', times: 1, at: now },
    { sentence: 'One.', times: 2, at: now },
  ]);
  expect(statSync(join(folder, 'troubles.json')).mode & 0o777).toBe(0o600);
  await troubles.clear(now - 1);
  expect(await troubles.list()).toHaveLength(2);
  await troubles.clear(now);
  expect([await troubles.list(), readdirSync(folder)]).toEqual([[], []]);
});

test('a sentence that quotes without end is kept as far as a person reads', async () => {
  const troubles = open();
  await troubles.add('x'.repeat(1_000_000));
  expect((await troubles.list())[0]?.sentence).toBe(`${'x'.repeat(1000)}…`);
});

test('what is said faster than it can be written is not kept in memory', async () => {
  const troubles = open();
  for (let times = 0; times < 1000; times += 1) void troubles.add('Again.');
  expect(await troubles.list()).toMatchObject([{ times: 100 }]);
});

test('twenty are kept, for a week, and a damaged file has none', async () => {
  const troubles = open();
  for (let nth = 1; nth <= 25; nth += 1) await troubles.add(`${nth}.`);
  const kept = await troubles.list();
  expect([kept.length, kept[0]?.sentence, kept.at(-1)?.sentence]).toEqual([20, '6.', '25.']);
  now += 8 * 24 * 60 * 60 * 1000;
  expect(await troubles.list()).toEqual([]);
  writeFileSync(join(folder, 'troubles.json'), '{"a": [null');
  expect(await open().list()).toEqual([]);
  writeFileSync(join(folder, 'troubles.json'), '[null, {"sentence": 1}]');
  expect(await open().list()).toEqual([]);
});

test('a disk that takes nothing more is no failure', async () => {
  rmSync(folder, { recursive: true });
  const troubles = open();
  await troubles.add('One.');
  expect(await troubles.list()).toEqual([]);
});
