import { type RunOptions, runToEnd } from '@openrelay/launch';

const mostShownLines = 20;

/** Resolves with what the command wrote to standard output. Rejects with a sentence and the end of what it wrote. */
export async function outputOf(words: readonly string[], options: RunOptions & { timeoutMs: number }): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(words, options);
  if (code === 0) return stdout;
  const seconds = options.timeoutMs / 1000;
  const killed = options.signal?.aborted ? 'was interrupted' : `did not end within ${seconds} s`;
  const end = `${stdout}\n${stderr}`.trim().split('\n').slice(-mostShownLines).join('\n');
  throw new Error(`${words.join(' ')} ${code === null ? killed : `failed (${code})`}\n${end}`);
}
