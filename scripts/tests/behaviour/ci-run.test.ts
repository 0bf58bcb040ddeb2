import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { repositoryRoot, runToEnd } from '@openrelay/launch';
import { Checkout } from './checkout';

let checkout: Checkout;

beforeEach(() => {
  checkout = new Checkout();
  cpSync(join(repositoryRoot, '.ci/run'), checkout.path('.ci/run'));
  mkdirSync(checkout.path('.data'));
  for (const program of ['npm', 'docker']) checkout.standIn(program, 'exit 1');
  write('scripts/compose-test', 'exit 3'); // there is no engine
});

afterEach(() => {
  checkout.remove();
});

function write(name: string, script: string): void {
  writeFileSync(checkout.path(name), `#!/bin/sh\n${script}\n`);
  chmodSync(checkout.path(name), 0o755);
}

/** What `./scripts/test` leaves and ends with when it runs everything, and what it ends with when it is given files. */
function testsEnd(result: string, failedFiles: readonly string[], codeOfAll: number, codeAlone: number): void {
  const leave = `echo '${result}' >.data/test-result; printf '%s' '${failedFiles.map((file) => `${file}\n`).join('')}'`;
  const all = `${leave} >.data/failed-test-files; exit ${codeOfAll}`;
  write('scripts/test', `if [ $# -eq 0 ]; then ${all}; fi\necho "$@" >alone; exit ${codeAlone}`);
}

async function runCi() {
  const run = await checkout.run(checkout.path('.ci/run'));
  const { code } = await run.exited;
  const lines = run.output().trim().split('\n');
  return { code, last: lines.at(-1), flaky: lines.find((line) => line.startsWith('Flaky: ')) };
}

test('what passes is run once', async () => {
  testsEnd('7 passed, 0 failed', [], 0, 1);
  expect(await runCi()).toEqual({ code: 0, last: '7 passed, 0 failed', flaky: 'Flaky: none' });
  expect(existsSync(checkout.path('alone'))).toBe(false);
});

test('files that failed once and pass alone are told, and fail nothing', async () => {
  testsEnd('5 passed, 2 failed', ['a/b.test.ts', 'c.test.ts'], 1, 0);
  const flaky = 'Flaky: a/b.test.ts c.test.ts (failed once, passed alone)';
  expect(await runCi()).toEqual({ code: 0, last: '7 passed, 0 failed', flaky });
  expect(checkout.read('alone')).toBe('-w 1 --runTestsByPath a/b.test.ts c.test.ts\n');
});

test('a file that fails alone too fails the run', async () => {
  testsEnd('5 passed, 2 failed', ['a.test.ts'], 1, 1);
  expect(await runCi()).toEqual({ code: 1, last: '5 passed, 2 failed', flaky: 'Flaky: none' });
});

test('more than three files that failed are not forgiven', async () => {
  testsEnd('5 passed, 4 failed', ['a', 'b', 'c', 'd'], 1, 0);
  expect(await runCi()).toEqual({ code: 1, last: '5 passed, 4 failed', flaky: 'Flaky: none' });
  expect(existsSync(checkout.path('alone'))).toBe(false);
});

test('what fails before the tests, or beside them, is not forgiven', async () => {
  write('scripts/test', 'if [ $# -eq 0 ]; then exit 1; fi');
  expect(await runCi()).toEqual({ code: 1, last: '0 passed, 1 failed', flaky: 'Flaky: none' });
  testsEnd('7 passed, 0 failed', [], 1, 0);
  expect(await runCi()).toEqual({ code: 1, last: '7 passed, 1 failed', flaky: 'Flaky: none' });
});

test('the reporter names the files that failed, also one that cannot be loaded', async () => {
  const files = { right: 'test("", () => {})', wrong: 'test("", () => { throw 1 })', broken: 'no script' };
  for (const [name, text] of Object.entries(files)) writeFileSync(checkout.path(`${name}.test.js`), text);
  const reporters = [join(repositoryRoot, 'scripts/test-result-reporter.mjs')];
  const config = JSON.stringify({ rootDir: checkout.folder, transform: {}, reporters });
  const jest = join(repositoryRoot, 'node_modules/.bin/jest');
  await runToEnd([jest, '-w', '1', '--config', config], { cwd: checkout.folder });
  expect(checkout.read('.data/test-result')).toBe('1 passed, 2 failed\n');
  const failed = checkout.read('.data/failed-test-files').trim().split('\n');
  expect(failed.sort()).toEqual(['broken.test.js', 'wrong.test.js']);
});
