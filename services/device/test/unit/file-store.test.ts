import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lastingCases, storeCases } from '../../../../shared/client/test/stores/store-cases';
import { FileStore } from '../../src/index';
import { encodeRecord } from '../../src/stores/journal-format';
import { bytes, StoreFolder } from '../store-folder';

describe('a FileStore', () => {
  const folder = new StoreFolder();
  afterAll(() => folder.remove());
  const cases = { ...storeCases, ...lastingCases };

  test.each(Object.keys(cases))('%s', async (name) => {
    await expect(cases[name]!(() => folder.open())).resolves.toBeUndefined();
  });
});

describe('the folder', () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.remove());

  test('is for its owner alone, and so is everything in it', async () => {
    chmodSync(folder.path, 0o755);
    await folder.open();
    await folder.close();
    chmodSync(folder.journal, 0o644);
    const store = await folder.open();
    await store.write(new Map([['a', bytes(1)]]));
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    const modes = readdirSync(folder.path).map((name) => statSync(join(folder.path, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  test('is used once at a time, and a sentence says by whom', async () => {
    await folder.open();
    await expect(FileStore.open(folder.path)).rejects.toThrow('is in use by this process already');
    await folder.close();
    await expect(folder.open()).resolves.toBeInstanceOf(FileStore);
  });

  test.each([
    ['of a process that is no more', JSON.stringify({ pid: 2 ** 22 + 1 })],
    ['of an earlier process with the number of this one', JSON.stringify({ pid: process.pid, started: '1' })],
    ['that is damaged', '{'],
    ['that is empty', ''],
  ])('has no lock any more when there is one %s', async (_which, text) => {
    writeFileSync(join(folder.path, 'lock'), text);
    await expect(folder.open()).resolves.toBeInstanceOf(FileStore);
  });

  test('has a journal that stays small when the same is written again and again', async () => {
    const store = await folder.open();
    await store.write(new Map([['stays', bytes(7)]]));
    for (let count = 0; count < 100; count += 1) await store.write(new Map([['again', randomBytes(20_000)]]));
    expect(statSync(folder.journal).size).toBeLessThan(400_000);
    const last = await store.get('again');
    const again = await folder.open();
    expect([again.notice, await again.get('stays'), await again.get('again')]).toEqual([undefined, bytes(7), last]);
  });

  test.each(['identity', 'session:a1:keys', 'introduction:a1:b2', 'legacy:a1'])(
    'has a journal without what %s was before',
    async (keys) => {
      const store = await folder.open();
      const text = () => readFileSync(folder.journal, 'latin1');
      await store.write(new Map([[keys, Buffer.from('the first key')]]));
      await store.write(new Map([[keys, Buffer.from('the second key')]]));
      expect([text().includes('the first key'), text().includes('the second key')]).toEqual([false, true]);
      await store.write(new Map([[keys, undefined]]));
      expect(text()).not.toContain('the second key');
      expect((await (await folder.open()).keys('')).length).toBe(0);
    },
  );

  test('takes out what a process left there that died before it could', async () => {
    const store = await folder.open();
    await store.write(new Map([['session:a1:keys', Buffer.from('the second key')]]));
    await folder.close();
    const later = readFileSync(folder.journal).subarray('openrelay-store-1\n'.length);
    const first = Buffer.from(encodeRecord(new Map([['session:a1:keys', Buffer.from('the first key')]])));
    writeFileSync(folder.journal, Buffer.concat([Buffer.from('openrelay-store-1\n'), first, later]));
    const again = await folder.open();
    expect(await again.get('session:a1:keys')).toEqual(new Uint8Array(Buffer.from('the second key')));
    expect(readFileSync(folder.journal, 'latin1')).not.toContain('the first key');
  });

  test('takes no more after the store was closed, and says so', async () => {
    const store = await folder.open();
    const writing = store.write(new Map([['a', bytes(1)]]));
    await store.close();
    await expect(writing).resolves.toBeUndefined();
    await expect(store.write(new Map([['a', bytes(2)]]))).rejects.toThrow('was closed: open it again first.');
    await expect((await folder.open()).get('a')).resolves.toEqual(bytes(1));
  });

  test('with a journal of a later version is refused with what to do, and left as it is', async () => {
    writeFileSync(folder.journal, 'openrelay-store-2\nwhatever');
    await expect(folder.open()).rejects.toThrow('was written by a later version: update this one.');
    expect(readFileSync(folder.journal, 'utf8')).toBe('openrelay-store-2\nwhatever');
  });

  test('that cannot be one is told in a sentence', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await expect(FileStore.open(join(file, 'store'))).rejects.toThrow(/^The store in .* could not be opened: /);
  });

  test('with a damaged journal keeps what is before the damage, tells it, and leaves a copy', async () => {
    const store = await folder.open();
    await store.write(new Map([['before', bytes(1)]]));
    const { size } = statSync(folder.journal);
    await store.write(new Map([['after', bytes(2)]]));
    await folder.close();
    const journal = readFileSync(folder.journal);
    journal[size + 10]! ^= 1;
    writeFileSync(folder.journal, journal);
    const again = await folder.open();
    expect(again.notice).toMatch(/^The store in .* is damaged: 1 records before the damage were kept/);
    expect(readFileSync(join(folder.path, 'journal.damaged'))).toEqual(journal);
    expect([await again.get('before'), await again.get('after')]).toEqual([bytes(1), undefined]);
    await again.write(new Map([['later', bytes(3)]]));
    const last = await folder.open();
    expect([last.notice, await last.keys('')]).toEqual([undefined, ['before', 'later']]);
  });
});
