import { spawn } from 'node:child_process';

export type CommandOptions = {
  readonly folder: string;
  /** All that the command finds in its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Ends the command at once. */
  readonly signal?: AbortSignal | undefined;
};

const mostOutputBytes = 16 * 1024 * 1024;
const mostShownLines = 20;

/**
 * Resolves with what the command wrote to standard output. Rejects with a sentence and the end of what it wrote.
 * It is a process group of its own, so that Ctrl-C in the terminal does not end what tidies up.
 */
export function runCommand(words: readonly string[], options: CommandOptions): Promise<string> {
  const { folder: cwd, env, timeoutMs, signal } = options;
  const [file = '', ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout = keep(child.stdout);
    const stderr = keep(child.stderr);
    let ended: string | undefined;
    const end = (why: string) => {
      ended ??= why;
      killGroup(child.pid);
    };
    const interrupt = () => end('was interrupted');
    const timer = setTimeout(() => end(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener('abort', interrupt);
    if (signal?.aborted) interrupt();
    const settle = (why: string | undefined) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      if (why === undefined) resolve(stdout());
      else reject(new Error(`${words.join(' ')} ${why}\n${lastLines(`${stdout()}\n${stderr()}`)}`));
    };
    child.on('error', (error) => settle(`cannot be started (${error.message})`));
    child.on('close', (code) => settle(ended ?? (code === 0 ? undefined : `failed (${code})`)));
  });
}

/** What a stream has said so far, up to the bound. */
function keep(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostOutputBytes) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-mostShownLines).join('\n');
}
