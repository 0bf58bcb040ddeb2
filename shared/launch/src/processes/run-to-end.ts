import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export type RunOptions = {
  /** The folder that it runs in. */
  readonly cwd?: string;
  /** All that it finds in its environment; when absent PATH alone. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For what hangs, on a machine however slow; default one minute. */
  readonly timeoutMs?: number;
  /** Ends it at once. */
  readonly signal?: AbortSignal | undefined;
};

export type Run = {
  /** null: it was killed, as it did not end in time or was aborted. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/**
 * Runs a command that is expected to end by itself; rejects when it cannot be started. It is a process group of its own: Ctrl-C
 * in the terminal does not reach it, and it is killed with all that it started.
 */
export async function runToEnd(words: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd, env = { PATH: process.env.PATH }, timeoutMs = 60_000, signal } = options;
  const [file = '', ...args] = words;
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const kill = () => killGroup(child.pid);
  const timer = setTimeout(kill, timeoutMs);
  signal?.addEventListener('abort', kill);
  if (signal?.aborted) kill();
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    const [stdout, stderr] = await output;
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

/** Runs a script of Node.js, with PATH and these settings alone. */
export function runScript(
  entry: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return runToEnd([process.execPath, entry, ...args], { env: { PATH: process.env.PATH, ...env } });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
