import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Exit, repositoryRoot, startChild } from '@openrelay/launch';

export const targets = ['json', 'packed', 'frames', 'port'] as const;
export type Target = (typeof targets)[number];

/** Inputs that reach code which no other of them reaches. */
export const corpusFolder = join(repositoryRoot, 'services/cluster-tests/corpus');
/** Where an input that broke something is left. */
const foundFolder = join(repositoryRoot, '.data/fuzz');
/** It is fetched when it is wanted: it needs a newer C library than Debian 12 has (2.38). */
const fuzzer = '@jazzer.js/core@4.0.0';
/** Of the code that an input reaches, this is told apart. */
const instrumented = ['shared/protocol/dist', 'shared/state/dist', 'services/edge/dist', 'msgpackr'];
const longestInput = 4096;
/** The first input waits for an edge, and on a busy machine any may wait. */
const inputTimeoutMs = 60_000;
const graceSeconds = 30;

function isFailure({ code, signal }: Exit): boolean {
  return code !== 0 && signal !== 'SIGTERM';
}

/** Looks for inputs that break a promise of the target, guided by the code that they reach, and adds what it learns to the corpus. */
export async function runFuzzer(target: Target, seconds: number, stopping: AbortSignal): Promise<'found' | 'nothing'> {
  const [corpus, found] = [join(corpusFolder, target), join(foundFolder, target)];
  for (const folder of [corpus, found]) mkdirSync(folder, { recursive: true });
  const command = ['--yes', '--package', fuzzer, 'jazzer', join(__dirname, `${target}.js`), corpus];
  const shown = instrumented.flatMap((part) => ['-i', part]);
  // The detectors take the edge's own connection to Redis for a forged request.
  const forFuzzer = ['--disableBugDetectors', '.*', '--timeout', String(inputTimeoutMs)];
  const forLibrary = [`-max_total_time=${seconds}`, `-max_len=${longestInput}`, `-artifact_prefix=${found}/`];
  const child = await startChild({
    command: 'npx',
    args: [...command, ...shown, ...forFuzzer, '--', ...forLibrary],
    env: process.env,
    onLine: (line) => process.stdout.write(`${line}\n`),
  });
  stopping.addEventListener('abort', () => void child.stop('SIGINT', 5000));
  if (stopping.aborted) void child.stop('SIGINT', 5000);
  // The edge in it keeps the process when the fuzzer is done.
  const timer = setTimeout(() => void child.stop('SIGTERM', 5000), (seconds + graceSeconds) * 1000);
  const exit = await child.exited;
  clearTimeout(timer);
  // What it found, or why it does not run.
  if (isFailure(exit)) process.stderr.write(child.output());
  return isFailure(exit) ? 'found' : 'nothing';
}
