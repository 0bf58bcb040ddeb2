import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../failures/failure';
import { failureOf } from '../failures/failure-of';
import { privateFolder } from '../settings/private-folder';
import type { Talk } from '../work/talk';
import type { Greeting } from './greeting';
import { JsonLines, type Line } from './json-lines';

/** Answers one request. */
export type Answering = (name: string, request: Line, talk: Talk) => Promise<object>;

const mostConnections = 100;

/**
 * What commands speak to: a greeting, then for each connection one request `{"do": name, …}`, told of by `{"tell"}`, asked back by
 * `{"ask", "n"}` and `{"answer", "n"}`, cancelled by `{"cancel"}`, and ended by `{"done"}` or `{"failed"}`.
 */
export class ControlServer {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly path: string,
  ) {}

  /** Only the holder of the store's lock may call this: what lies at the path is of a process that is no more. */
  static async listen(path: string, greeting: Greeting, answer: Answering): Promise<ControlServer> {
    const server = createServer();
    const control = new ControlServer(server, path);
    server.maxConnections = mostConnections;
    server.on('connection', (socket) => control.connected(socket, greeting, answer));
    const isFile = !path.startsWith('\\\\');
    if (isFile) {
      await privateFolder(dirname(path));
      await rm(path, { force: true });
    }
    await listening(server, path);
    if (isFile) await chmod(path, 0o600);
    return control;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.end();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    for (const socket of this.sockets) socket.destroy();
    if (!this.path.startsWith('\\\\')) await rm(this.path, { force: true });
  }

  private connected(socket: Socket, greeting: Greeting, answer: Answering): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    serve(socket, answer).send(greeting);
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Failure(3, `Commands can’t reach this agent: ${path} can’t be listened on (${error.message}).`)),
    );
    server.listen(path, resolve);
  });
}

function serve(socket: Socket, answer: Answering): JsonLines {
  const cancelled = new AbortController();
  const left = new AbortController();
  const answers = new Map<number, (answer: string | undefined) => void>();
  let state: 'waiting' | 'asked' = 'waiting';
  const lines: JsonLines = new JsonLines(socket, handle, () => {
    left.abort();
    for (const settle of answers.values()) settle(undefined);
  });
  const talk: Talk = {
    tell: (told) => lines.send({ tell: told }),
    ask: (question, signal) => ask(lines, answers, question, signal),
    cancelled: cancelled.signal,
    left: left.signal,
  };
  return lines;

  function handle({ do: name, cancel, n, answer: said, ...request }: Line): void {
    if (cancel === true) cancelled.abort();
    else if (typeof n === 'number') answers.get(n)?.(typeof said === 'string' ? said : undefined);
    else if (state === 'waiting' && typeof name === 'string') {
      state = 'asked';
      void answered(name, request);
    }
  }

  /** Never rejects. */
  async function answered(name: string, request: Line): Promise<void> {
    try {
      lines.send({ done: await answer(name, request, talk) });
    } catch (error) {
      const { exitCode, message } = failureOf(error);
      lines.send({ failed: { exit: exitCode, sentence: message } });
    }
    lines.end();
  }
}

function ask(
  lines: JsonLines,
  answers: Map<number, (answer: string | undefined) => void>,
  question: object,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const n = answers.size + 1;
  return new Promise((resolve) => {
    answers.set(n, resolve);
    signal?.addEventListener('abort', () => {
      lines.send({ moot: n });
      resolve(undefined);
    });
    lines.send({ ask: question, n });
  });
}
