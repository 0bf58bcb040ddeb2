import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, repositoryRoot, runScript, startChild } from '@openrelay/launch';

const built = (name: string) => join(repositoryRoot, 'scripts/dist', `${name}.js`);

test.each(['bench', 'demo', 'documents'])(
  '%s explains itself, and refuses what it does not know with 2',
  async (name) => {
    expect(await runScript(built(name), ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^usage: /i),
    });
    const refused = await runScript(built(name), ['--turbo']);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(`^${name}: .*--turbo`) });
    expect(refused.stderr).toMatch(`\n${name}: --help tells how to use it.\n`);
  },
);

test('a stopped bench stops what it started, and ends with the code of the signal', async () => {
  const { PATH } = process.env;
  const args = [built('bench'), '--scenario', 'limit'];
  const bench = await startChild({ command: process.execPath, args, env: { PATH } });
  await eventually(() => expect(bench.output()).toMatch('[bench] limit'));
  bench.kill('SIGTERM');
  expect(await bench.exited).toEqual({ code: 143, signal: null });
});
