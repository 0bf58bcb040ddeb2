import { execFile } from 'node:child_process';

export type ProgramEnd =
  | { readonly is: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Not there, or it did not end in time. */
  | { readonly is: 'missing' | 'late' };

export type ProgramRun = {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of its standard input; never in the arguments, which every user of the machine can read. */
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
};

const mostBytes = 256 * 1024;

/** Runs one of the platform's programs to its end, with short answers. Never rejects. */
export function runProgram({ words, env, input, timeoutMs = 30_000 }: ProgramRun): Promise<ProgramEnd> {
  const [file = '', ...args] = words;
  return new Promise((resolve) => {
    const options = { env: { ...env }, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: mostBytes } as const;
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ is: 'ended', code: 0, stdout, stderr });
      if (error.code === 'ENOENT') return resolve({ is: 'missing' });
      if (typeof error.code !== 'number') return resolve({ is: 'late' });
      resolve({ is: 'ended', code: error.code, stdout, stderr });
    });
    child.stdin?.on('error', () => {}); // it ended before it read all
    child.stdin?.end(input);
  });
}
