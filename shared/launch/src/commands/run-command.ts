/** A command as its user meets it: `--help`, wrong options, Ctrl-C and exit codes are the same for all of them. */
import { constants } from 'node:os';
import { UsageError } from './options';

export const exitCodes = { fine: 0, failed: 1, usage: 2 } as const;

type Command = {
  /** Begins what is said about a failure: `bench`. */
  readonly title: string;
  readonly help: string;
  /**
   * Resolves with the exit code. A UsageError ends with 2, any other rejection with 1, or with 128 and the signal's number once
   * `stopping` is aborted. It then may also resolve with a code of its own.
   */
  readonly run: (args: readonly string[], stopping: AbortSignal) => Promise<number>;
};

export async function runCommand({ title, help, run }: Command, args = process.argv.slice(2)): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${help}\n`);
    return;
  }
  const say = (line: string) => process.stderr.write(`${title}: ${line}\n`);
  const stopping = new AbortController();
  let stoppedCode: number = exitCodes.failed;
  const stop = (code: number) => {
    if (!stopping.signal.aborted) stoppedCode = code;
    stopping.abort(new Error('stopped'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stopping.signal.aborted) say('stopping');
      stop(128 + constants.signals[signal]);
    });
  }
  // A reader that goes away, as `head` does.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop(exitCodes.failed));
  const code = await run(args, stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) return stoppedCode;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UsageError) {
      say(`${message.replace(/\.$/, '')}; --help tells how to use it.`);
      return exitCodes.usage;
    }
    say(message);
    return exitCodes.failed;
  });
  // A wait that a failed step left behind must not keep the process.
  process.exit(code);
}
