import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { run } from './program';
import type { BackgroundProcess, Output, World } from './session/world';
import { foldersOf } from './settings/folders';

const { env, pid, platform, stderr, stdin, stdout } = process;
const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };
const interrupts = new Set<() => void>();
const program = [process.execPath, join(__dirname, '../bin/openrelay.js')] as const;
let signals = 0;

// Everything that is written here is this user's alone.
process.umask(0o077);

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true && env.TERM !== 'dumb',
    columns: () => (stream.isTTY ? stream.columns : Number.POSITIVE_INFINITY),
    colours: stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? 'yes' : 'no',
  };
}

function startInBackground(args: readonly string[], logFile: string): BackgroundProcess {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(program[0], [program[1], ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env,
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  child.unref();
  return { pid: child.pid, exited };
}

/** The first one lets a command end in order; a second one does not wait for that. */
function interrupted(): void {
  signals += 1;
  if (signals > 1 || interrupts.size === 0) process.exit(130);
  for (const listener of interrupts) listener();
}

function userName(): string {
  try {
    const { uid, username } = userInfo();
    return uid >= 0 ? String(uid) : username.replace(/[^\w.-]/g, '_');
  } catch {
    return 'user';
  }
}

const world: World = {
  env,
  folders: foldersOf({ platform, env, home: homedir(), temporary: tmpdir(), user: userName() }),
  platform,
  hostName: hostname(),
  home: homedir(),
  program,
  cwd: process.cwd(),
  pid,
  version,
  stdin,
  stdout: outputOf(stdout),
  stderr: outputOf(stderr),
  WebSocket,
  now: Date.now,
  onInterrupt: (listener) => {
    interrupts.add(listener);
    return () => void interrupts.delete(listener);
  },
  startInBackground,
};

process.on('SIGINT', interrupted);
process.on('SIGTERM', interrupted);
process.on('SIGHUP', interrupted);
stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(0); // a reader that goes away, as `head` does
  stderr.write(`The answer could not be written: ${message}.\n`);
  process.exit(3);
});
stderr.on('error', () => undefined); // nowhere is left to report it

void run(process.argv.slice(2), world).then((code) => {
  process.exitCode = code;
  // When all is written: a connection that is let go of in its own time must not keep who asked waiting.
  stdout.write('', (error) => {
    if (!error) process.exit();
  });
});
