import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Child, startChild } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { FileStore } from '../../src/index';
import { StoreFolder } from '../store-folder';

const writer = join(__dirname, '../store-writer.cjs');

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.remove());

/** The number that the record begins with. */
async function numberIn(store: FileStore, key: string): Promise<number> {
  return Number.parseInt(Buffer.from((await store.get(key)) ?? []).toString('latin1'), 10);
}

type Writer = { readonly child: Child; readonly lines: string[] };

async function startWriter(how: 'kill' | 'fill', shell = ''): Promise<Writer> {
  const lines: string[] = [];
  const command = `${shell} exec ${process.execPath} ${writer} ${folder.path} ${how}`;
  const child = await startChild({
    command: '/bin/sh',
    args: ['-c', command],
    env: { PATH: process.env.PATH },
    onLine: (line) => lines.push(line),
  });
  return { child, lines };
}

const written = ({ lines }: Writer) =>
  lines.filter((line) => line.startsWith('wrote')).map((line) => Number(line.slice(6)));

test('a process that is killed in the midst of writes leaves each of them whole or not at all', async () => {
  let most = 0;
  for (let kills = 0; kills < 6; kills += 1) {
    const running = await startWriter('kill');
    await eventually(() => expect(written(running).length).toBeGreaterThan(20 + 13 * kills));
    await running.child.stop('SIGKILL', 5000);
    const store = await folder.open();
    const [first, second] = [await numberIn(store, 'first'), await numberIn(store, 'second')];
    expect(second).toBe(first);
    expect(await numberIn(store, `each.${first % 50}`)).toBe(first);
    expect(first).toBeGreaterThanOrEqual(written(running).at(-1)!);
    expect(first).toBeGreaterThan(most);
    most = first;
    await folder.close();
  }
});

test('a folder that another process uses is refused with its number', async () => {
  const running = await startWriter('kill');
  await eventually(() => expect(written(running).length).toBeGreaterThan(0));
  await expect(FileStore.open(folder.path)).rejects.toThrow(/is in use by another process \(\d+\): end that one first/);
  await running.child.stop('SIGKILL', 5000);
});

test('a folder of a process that was killed is free at once, though nobody has asked for its exit code', async () => {
  // The shell becomes `sleep`, which asks for none.
  const lines: string[] = [];
  const command = `${process.execPath} ${writer} ${folder.path} kill & echo pid $!; exec sleep 60`;
  const parent = await startChild({
    command: '/bin/sh',
    args: ['-c', command],
    env: { PATH: process.env.PATH },
    onLine: (line) => lines.push(line),
  });
  await eventually(() => expect(lines.some((line) => line.startsWith('wrote'))).toBe(true));
  process.kill(Number(lines.find((line) => line.startsWith('pid'))!.slice(4)), 'SIGKILL');
  const store = await eventually(() => folder.open());
  expect(await numberIn(store, 'first')).toBeGreaterThan(0);
  await parent.stop('SIGKILL', 5000);
});

test('a disk that takes no more refuses a write as a whole, with what to do, and nothing else is lost', async () => {
  // In blocks of 512 bytes: a journal of 150 KiB.
  const running = await startWriter('fill', "trap '' XFSZ; ulimit -f 300;");
  await eventually(() => expect(running.lines.some((line) => line.startsWith('kept'))).toBe(true));
  const count = written(running).at(-1)!;
  expect(count).toBeGreaterThan(3);
  const refused = running.lines.find((line) => line.startsWith('refused'));
  expect(refused).toMatch(/^refused The store in .* could not be written: its file may grow no more\. Raise the limit/);
  const store = await eventually(() => folder.open());
  expect(store.notice).toBeUndefined();
  expect([await numberIn(store, 'first'), await numberIn(store, 'second')]).toEqual([count, count]);
  await store.write(new Map([['later', Uint8Array.of(1)]]));
  await expect((await folder.open()).get('later')).resolves.toEqual(Uint8Array.of(1));
});
