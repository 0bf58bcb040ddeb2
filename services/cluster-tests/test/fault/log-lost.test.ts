import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { askRedis, type RunningRedis, repositoryRoot, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { metricOf } from '../../src';
import { type LoneService, type ServiceName, startLoneService } from './start-lone-service';

const services: ServiceName[] = ['edge', 'janitor', 'ops'];

let redis: RunningRedis;
let service: LoneService | undefined;
let folder: string;
let open: number[];

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-log-'));
  open = [];
});

afterEach(async () => {
  await service?.stop('SIGKILL');
  service = undefined;
  for (const fd of open) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function opened(path: string, flags: number): number {
  const fd = openSync(path, flags);
  open.push(fd);
  return fd;
}

function closed(fd: number): void {
  closeSync(fd);
  open = open.filter((other) => other !== fd);
}

function makePipe(): { path: string; reader: number } {
  const path = join(folder, 'log');
  execFileSync('mkfifo', [path]);
  return { path, reader: opened(path, constants.O_RDONLY | constants.O_NONBLOCK) };
}

/** Until the pipe takes no byte more. */
function fill(path: string): void {
  const writer = opened(path, constants.O_WRONLY | constants.O_NONBLOCK);
  for (const size of [4096, 1]) expect(() => writeUntilFull(writer, size)).toThrow('EAGAIN');
}

function writeUntilFull(writer: number, size: number): void {
  for (let writes = 0; writes < 1_000_000; writes += 1) writeSync(writer, 'x'.repeat(size));
}

/** What there is to read now. */
function readAll(reader: number): string {
  const bytes = Buffer.alloc(1024 * 1024);
  try {
    return bytes.toString('utf8', 0, readSync(reader, bytes));
  } catch {
    return ''; // nothing
  }
}

async function run(name: ServiceName, stdout: number): Promise<LoneService> {
  await askRedis(redis.url, ['FLUSHALL']);
  const started = await startLoneService(name, { redisUrl: redis.url, stdout });
  service = started;
  await eventually(async () => expect(await started.isAtWork()).toBe(true));
  return started;
}

function droppedBy(edge: LoneService): Promise<number> {
  return metricOf(edge, 'log_lines_dropped_total');
}

describe.each(services)('%s outlives its log', (name) => {
  test('on a full disk', async () => {
    const started = await run(name, opened('/dev/full', constants.O_WRONLY));
    expect(await started.stop()).toBe(0);
  });

  test('when its reader has stopped reading', async () => {
    const { path } = makePipe();
    fill(path);
    const started = await run(name, opened(path, constants.O_WRONLY));
    expect(await started.stop()).toBe(0);
  });

  test('when its reader has gone', async () => {
    const { path, reader } = makePipe();
    const writer = opened(path, constants.O_WRONLY);
    closed(reader);
    const started = await run(name, writer);
    expect(await started.stop()).toBe(0);
  });
});

test.each(services)('%s says by its exit code that its answer could not be written', (name) => {
  const entry = join(repositoryRoot, 'services', name, 'dist/main.js');
  const full = opened('/dev/full', constants.O_WRONLY);
  for (const option of ['--help', '--print-defaults']) {
    expect(spawnSync(process.execPath, [entry, option], { stdio: ['ignore', full, 'pipe'] }).status).toBe(1);
  }
});

test('what could not be written is counted', async () => {
  const edge = await run('edge', opened('/dev/full', constants.O_WRONLY));
  expect(await droppedBy(edge)).toBeGreaterThanOrEqual(1); // edge.starting
});

test('when there is a reader again, it is told how much it has missed', async () => {
  const { path, reader } = makePipe();
  const writer = opened(path, constants.O_WRONLY);
  closed(reader);
  const edge = await run('edge', writer);
  await eventually(async () => expect(await droppedBy(edge)).toBeGreaterThanOrEqual(2));
  const missed = await droppedBy(edge);
  const again = opened(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let text = '';
  await eventually(() => {
    text += readAll(again);
    expect(text).toContain('\n');
  });
  expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({ event: 'log.dropped', lines: missed, service: 'edge' });
  expect(await edge.stop()).toBe(0);
});

test('a reader that was slow gets every line', async () => {
  const { path, reader } = makePipe();
  fill(path);
  const edge = await run('edge', opened(path, constants.O_WRONLY));
  let text = '';
  await eventually(() => {
    text += readAll(reader);
    expect(text).toMatch(/edge\.starting.*\n(.*\n)*.*edge\.listening.*\n$/);
  });
  expect(await droppedBy(edge)).toBe(0);
});
