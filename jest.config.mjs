import { availableParallelism } from 'node:os';

/** Tests run from the TypeScript sources (package export condition `source`); processes under test run from `dist`. */
export default {
  testMatch: ['<rootDir>/{shared,services}/*/test/**/*.test.ts', '<rootDir>/scripts/tests/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  modulePathIgnorePatterns: ['<rootDir>/.data', '/dist/'],
  // Most tests wait most of the time, for processes and clocks; more at once, and edges take Redis for away.
  maxWorkers: 2 * availableParallelism(),
  testSequencer: '<rootDir>/scripts/test-sequencer.mjs',
  reporters: ['default', '<rootDir>/scripts/test-result-reporter.mjs'],
  testTimeout: 90_000,
};
