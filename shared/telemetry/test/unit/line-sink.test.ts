import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { FileSink, StreamSink } from '../../src/log/line-sink';

/** A stream whose other end reads nothing until it is told to. */
class Stopped extends Writable {
  private readonly waiting: (() => void)[] = [];

  override _write(_chunk: Buffer, _encoding: string, taken: () => void): void {
    this.waiting.push(taken);
  }

  readOn(): void {
    for (let taken = this.waiting.shift(); taken; taken = this.waiting.shift()) taken();
  }
}

test('a reader that has stopped reading costs lines beyond a bound, and no memory', async () => {
  const stream = new Stopped();
  const sink = new StreamSink(stream);
  const line = `${'x'.repeat(1023)}\n`;
  let lost = 0;
  for (let i = 0; i < 5000; i += 1) sink.write(line, () => (lost += 1));
  expect(lost).toBe(5000 - 1024);
  expect(stream.writableLength).toBe(1024 * 1024);
  const flushed = sink.flushed();
  for (let reads = 0; reads < 2000; reads += 1) stream.readOn();
  await flushed;
  sink.write(line, () => (lost += 1));
  expect(lost).toBe(5000 - 1024);
});

test('a file is written in whole lines at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-log-'));
  const fd = openSync(join(folder, 'log'), 'w');
  const sink = new FileSink(fd);
  const fail = () => {
    throw new Error('lost');
  };
  sink.write('one\n', fail);
  sink.write('two\n', fail);
  closeSync(fd);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('one\ntwo\n');
  rmSync(folder, { recursive: true });
});
