import type { ExitCode } from './exit-code';

/** Ends a command: one sentence for people, and the exit code. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly exitCode: Exclude<ExitCode, 0>,
    sentence: string,
  ) {
    super(sentence);
  }
}
