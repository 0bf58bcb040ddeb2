import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { diesWithParent } from './dies-with-parent';
import { Tail } from './tail';
import { within } from './within';

export type Exit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type Child = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote to both its outputs. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Sends the signal, and SIGKILL when the child is still there after `graceMs`. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<Exit>;
};

type ChildOptions = {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** A descriptor of this process that it gets as its standard output, of which `output` then knows nothing. */
  stdout?: number | undefined;
  /** What the child writes is appended here. */
  logFile?: string | undefined;
  onLine?: (line: string) => void;
};

const lastOutputMs = 500;
const running = new Set<ChildProcess>();
let watchingExit = false;

/** Rejects when the command cannot be run at all. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { command, args, env, cwd, stdout = 'pipe', logFile, onLine } = options;
  const tied = diesWithParent(command, args);
  // A group of its own: Ctrl-C in the terminal must reach only the parent, which stops its children in order.
  const child = spawn(tied.command, tied.args, {
    cwd,
    env,
    stdio: ['ignore', stdout, 'pipe'],
    detached: true,
  });
  const file = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  const exited = exitOf(child, file);
  const tail = collectOutput(child, file, onLine);
  await once(child, 'spawn');
  stopOnExit(child, exited);
  return {
    pid: child.pid!,
    exited,
    output: () => tail.text(),
    kill: (signal) => void child.kill(signal),
    stop: (signal, graceMs) => stopChild(child, exited, signal, graceMs),
  };
}

async function exitOf(child: ChildProcess, log: WriteStream | undefined): Promise<Exit> {
  const closed = Promise.all([child, ...(log === undefined ? [] : [log])].map(closeOf));
  const exit = await new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  // Its last words may come after its end; a grandchild that holds the pipe must not keep us waiting for them.
  await within(closed, lastOutputMs);
  return exit;
}

function closeOf(source: ChildProcess | WriteStream): Promise<void> {
  return new Promise((resolve) => source.once('close', () => resolve()));
}

function collectOutput(child: ChildProcess, log: WriteStream | undefined, onLine: ChildOptions['onLine']): Tail {
  const tail = new Tail();
  // A full disk costs the log, not the process that is logged.
  log?.on('error', (error) => tail.add(`The log could not be written: ${error.message}\n`));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      tail.add(text);
      log?.write(text);
    });
  }
  if (onLine !== undefined && child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
  child.once('close', () => log?.end());
  return tail;
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<Exit>,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<Exit> {
  child.kill(signal);
  // A process that is paused with SIGSTOP takes no other signal before it goes on.
  child.kill('SIGCONT');
  const exit = await within(exited, graceMs);
  if (exit !== undefined) return exit;
  child.kill('SIGKILL');
  return exited;
}

/** At once, and all that this process started; for a user who asks a second time. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** For where `diesWithParent` is not supported. */
function stopOnExit(child: ChildProcess, exited: Promise<Exit>): void {
  running.add(child);
  void exited.then(() => running.delete(child));
  if (watchingExit) return;
  watchingExit = true;
  process.once('exit', () => {
    for (const left of running) left.kill('SIGTERM');
  });
}
