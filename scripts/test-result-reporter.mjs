// Leaves the result of the last run for .ci/run: one line, "N passed, N failed", and the files of tests that failed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class TestResultReporter {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults }) {
    // A file that cannot even be loaded has no failed test in it.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const files = testResults.filter(({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError);
    const folder = `${this.rootDir}/.data`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/test-result`, `${numPassedTests} passed, ${failed} failed\n`);
    const lines = files.map(({ testFilePath }) => `${relative(this.rootDir, testFilePath)}\n`);
    writeFileSync(`${folder}/failed-test-files`, lines.join(''));
  }
}
