import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Child, eventually, findProgram, startChild } from '@openrelay/launch';
import { watchSelection } from '../../src/clipboard/x11/watch-selection';

const tried = findProgram('Xvfb') === undefined ? test.skip : test;
let home: string;
let server: Child | undefined;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'openrelay-x11-'));
});
afterAll(async () => {
  await server?.stop('SIGTERM', 5_000);
  rmSync(home, { recursive: true, force: true });
});

/** @param number a free one is found without it */
async function startServer(number?: string): Promise<string> {
  let said = '';
  const onLine = (line: string): void => {
    said ||= line.trim();
  };
  const args = ['-displayfd', '1', '-screen', '0', '64x64x24', '-nolisten', 'tcp'];
  if (number !== undefined) args.unshift(`:${number}`);
  server = await startChild({ command: 'Xvfb', args, env: { PATH: process.env.PATH, HOME: home }, onLine });
  return eventually(() => {
    if (said === '') throw new Error(`Xvfb is not ready: ${server!.output()}`);
    return said;
  });
}

tried('a server that went is looked at again and again until one is back, which then tells by itself', async () => {
  const number = await startServer();
  let polls = 0;
  let changes = 0;
  const watch = watchSelection({
    env: { DISPLAY: `:${number}`, HOME: home },
    onChange: () => {
      changes += 1;
    },
    onFailed: () => {},
    poll: () => {
      polls += 1;
      const stop = (): void => {
        polls -= 1;
      };
      return { stop };
    },
  });
  try {
    await server!.stop('SIGTERM', 5_000);
    await eventually(() => expect(polls).toBe(1));
    expect(changes).toBe(0);
    await startServer(number);
    await eventually(() => expect(polls).toBe(0));
    expect(changes).toBeGreaterThan(0); // what may have changed meanwhile
  } finally {
    watch.stop();
  }
});
