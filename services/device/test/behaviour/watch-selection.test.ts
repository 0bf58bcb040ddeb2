import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Child, eventually, findProgram, startChild } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import { watchSelection } from '../../src/clipboard/x11/watch-selection';

const missing = findProgram('Xvfb') === undefined ? 'no Xvfb is here (on Debian: apt-get install xvfb)' : undefined;
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

describeWhere(missing, 'the clipboard of X11', () => {
  test('a server that went is told of once, costs no processes, and is watched again when it is back', async () => {
    const number = await startServer();
    let changes = 0;
    const failures: string[] = [];
    const watch = watchSelection({
      env: { DISPLAY: `:${number}`, HOME: home },
      onChange: () => {
        changes += 1;
      },
      onFailed: ({ message }) => failures.push(message),
      poll: () => {
        throw new Error('There is nothing to look at.');
      },
    });
    try {
      // What may have been copied before it watched.
      await eventually(() => expect(changes).toBe(1));
      await server!.stop('SIGTERM', 5_000);
      await eventually(() => expect(failures).toHaveLength(1));
      await startServer(number);
      await eventually(() => expect(changes).toBe(2));
      expect(failures).toEqual([expect.stringContaining('is not there')]);
    } finally {
      watch.stop();
    }
  });
});
