/** A Node.js process of the bench itself, spoken to over IPC. It ends when the bench does, however that ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';

const stopTimeoutMs = 3_000;

export class Child<Incoming, Outgoing extends object> {
  readonly pid: number;
  private readonly process: ChildProcess;
  private readonly name: string;
  private inbox: Incoming[] = [];
  private waiter: { resolve(message: Incoming): void; reject(error: Error): void } | undefined;
  private failure: Error | undefined;

  /** @param file a compiled script. */
  constructor(file: string) {
    this.name = basename(file, '.js');
    this.process = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.pid = this.process.pid ?? 0;
    this.process.on('message', (message) => this.receive(message as Incoming));
    this.process.on('error', (error) => this.fail(error));
    this.process.on('exit', (code, signal) => this.fail(new Error(`${this.name} ended early (${signal ?? code})`)));
  }

  send(message: Outgoing): void {
    this.process.send(message, (error) => {
      if (error !== null) this.fail(error);
    });
  }

  /** The next message; fails when the process ends, when `timeoutMs` have passed, and when `signal` aborts. */
  async next(timeoutMs: number, signal: AbortSignal): Promise<Incoming> {
    const ready = this.inbox.shift();
    if (ready !== undefined) return ready;
    if (this.failure) throw this.failure;
    signal.throwIfAborted();
    const onAbort = () => this.fail(signal.reason as Error);
    const timer = setTimeout(() => this.fail(new Error(`${this.name} is silent for ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<Incoming>((resolve, reject) => {
        this.waiter = { resolve, reject };
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async stop(): Promise<void> {
    if (this.hasEnded()) return;
    const ended = once(this.process, 'exit');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), stopTimeoutMs);
    if (this.process.connected) this.process.disconnect();
    await ended;
    clearTimeout(timer);
  }

  private hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null || this.process.pid === undefined;
  }

  private receive(message: Incoming): void {
    if (!this.waiter) {
      this.inbox.push(message);
      return;
    }
    this.waiter.resolve(message);
    this.waiter = undefined;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.waiter?.reject(error);
    this.waiter = undefined;
  }
}
