import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../failures/failure';
import { refuseOthersFolder } from '../settings/private-folder';
import type { Question, Talk, Told } from '../work/talk';
import type { AnswerOf, RequestOf, WorkName } from '../work/works';
import { type Greeting, readGreeting } from './greeting';
import { JsonLines, type Line } from './json-lines';

const greetingMs = 10_000;
const otherVersion =
  'The agent that runs is of another version than this command: “openrelay down” and “openrelay up” start the new one.';

/** Whoever shows a person what a request tells. */
export type Listener = Pick<Talk, 'tell' | 'ask' | 'cancelled'>;

/** The agent's greeting; nothing when none runs. Rejects with a Failure when it is of another version or does not answer. */
export async function greetAgent(path: string): Promise<Greeting | undefined> {
  const opened = await openAgent(path, () => {});
  opened?.lines.destroy();
  return opened?.greeting;
}

/** Asks the agent; nothing when none runs. Rejects with its Failure. */
export async function askAgent<Name extends WorkName>(
  path: string,
  name: Name,
  request: RequestOf<Name>,
  listener: Listener,
): Promise<{ readonly answer: AnswerOf<Name> } | undefined> {
  let onLine: (line: Line | 'end') => void = () => {};
  const opened = await openAgent(path, (line) => onLine(line));
  if (opened === undefined) return undefined;
  const { lines } = opened;
  const cancel = (): void => lines.send({ cancel: true });
  listener.cancelled.addEventListener('abort', cancel, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      const moot = new Map<number, AbortController>();
      onLine = (line) => {
        if (line === 'end') reject(new Failure(3, 'The agent has ended: “openrelay up” starts it again.'));
        else if (line.done !== undefined) resolve({ answer: line.done as AnswerOf<Name> });
        else if (line.failed !== undefined) reject(failureIn(line.failed));
        else if (line.tell !== undefined) listener.tell(line.tell as Told);
        else if (line.ask !== undefined) void answer(lines, listener, line, moot);
        else if (typeof line.moot === 'number') moot.get(line.moot)?.abort();
      };
      lines.send({ do: name, ...request });
      if (listener.cancelled.aborted) cancel();
    });
  } finally {
    listener.cancelled.removeEventListener('abort', cancel);
    lines.end();
  }
}

async function answer(
  lines: JsonLines,
  listener: Listener,
  { ask, n }: Line,
  moot: Map<number, AbortController>,
): Promise<void> {
  const controller = new AbortController();
  moot.set(n as number, controller);
  const said = await listener.ask(ask as Question, controller.signal).catch(() => undefined);
  lines.send({ n, answer: said ?? null });
}

type Opened = { readonly lines: JsonLines; readonly greeting: Greeting };

async function openAgent(path: string, onLine: (line: Line | 'end') => void): Promise<Opened | undefined> {
  // In a temporary folder somebody else may have been first, and would be told what is meant for the agent.
  if (!path.startsWith('\\\\')) await refuseOthersFolder(dirname(path));
  const socket = await connected(path);
  if (socket === undefined) return undefined;
  return new Promise((resolve, reject) => {
    let greeting: Greeting | undefined;
    const silent = `The agent does not answer on ${path}: end it with “openrelay down”, or by its process.`;
    const timer = setTimeout(() => {
      lines.destroy();
      reject(new Failure(3, silent));
    }, greetingMs);
    const first = (line: Line): void => {
      clearTimeout(timer);
      const read = readGreeting(line);
      if (read === 'other version') {
        lines.destroy();
        reject(new Failure(3, otherVersion));
        return;
      }
      greeting = read;
      resolve({ lines, greeting });
    };
    const lines: JsonLines = new JsonLines(
      socket,
      (line) => (greeting === undefined ? first(line) : onLine(line)),
      () => {
        clearTimeout(timer);
        // One that ends just now.
        if (greeting === undefined) resolve(undefined);
        else onLine('end');
      },
    );
  });
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ENOTDIR', 'ECONNREFUSED'].includes(error.code ?? '')) resolve(undefined);
      else reject(new Failure(3, `The agent can’t be asked: ${path} (${error.message}).`));
    });
  });
}

function failureIn(failed: unknown): Failure {
  const { exit, sentence } = failed as { readonly exit: Failure['exitCode']; readonly sentence: string };
  return new Failure(exit, sentence);
}
