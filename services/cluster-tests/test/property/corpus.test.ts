import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot, runScript } from '@openrelay/launch';

const replay = join(repositoryRoot, 'services/cluster-tests/dist/fuzz/replay.js');

test.each(['json', 'packed', 'frames', 'port'])('no input that the fuzzer has found breaks %s', async (target) => {
  const { code, stdout, stderr } = await runScript(replay, [target]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(Number.parseInt(stdout, 10)).toBeGreaterThan(0);
});
