import { type ChildProcess, spawn } from 'node:child_process';
import { ClipboardError, type Watch } from '../clipboard';

export type LineWatch = {
  readonly command: string;
  readonly args: readonly string[];
  /** The stream on which each line stands for a change. */
  readonly stream?: 'stdout' | 'stderr' | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onLine: () => void;
  readonly onFailed: (error: Error) => void;
};

const firstDelayMs = 500;
const longestDelayMs = 60_000;
/** One that ran for so long had no trouble with its start. */
const wellMs = 30_000;

function spawnWith({ command, args, stream = 'stdout', env }: LineWatch): ChildProcess {
  const heard = stream === 'stdout' ? 1 : 2;
  // Its standard input is a pipe, so that a script can end when this process does.
  const stdio = (['pipe', 'ignore', 'ignore'] as ('pipe' | 'ignore')[]).with(heard, 'pipe');
  const child = spawn(command, args, { env: env && { ...env }, stdio, windowsHide: true });
  child.stdin?.on('error', () => {});
  return child;
}

/** Keeps one process running that writes a line for each change; begun anew, ever later, when it ends. */
export function watchLines(watch: LineWatch): Watch {
  let child: ChildProcess | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let life: 'running' | 'stopped' = 'running';

  const ended = (startedAt: number, why: string): void => {
    if (life === 'stopped' || timer !== undefined) return;
    failures = Date.now() - startedAt > wellMs ? 0 : failures + 1;
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
    const sentence = `${watch.command} ${why}; changes of the clipboard are not noticed for ${Math.ceil(delayMs / 1000)} s.`;
    watch.onFailed(new ClipboardError(sentence));
    timer = setTimeout(start, delayMs);
  };

  const start = (): void => {
    timer = undefined;
    const startedAt = Date.now();
    const begun = spawnWith(watch);
    child = begun;
    begun[watch.stream ?? 'stdout']?.on('data', (piece: Buffer) => {
      if (life === 'running' && piece.includes(10)) watch.onLine();
    });
    begun.on('error', (error) => ended(startedAt, `could not be started (${error.message})`));
    begun.on('close', (code) => ended(startedAt, `ended with code ${code}`));
  };

  start();
  return {
    stop: () => {
      life = 'stopped';
      clearTimeout(timer);
      child?.kill('SIGTERM');
    },
  };
}
