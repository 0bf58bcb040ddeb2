/** The processes of the load generator, as the bench sees them. They end when the bench does, however that ends. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Argument, Calls, LoadPlan } from './plan';

// Longer than any call takes: a worker bounds its own waits.
const answerTimeoutMs = 900_000;
const script = join(__dirname, '../worker/main.js');

export class LoadWorkers {
  private readonly workers: readonly LoadWorker[];

  /** @param stopping once it is aborted, what is asked rejects. */
  constructor(count: number, stopping: AbortSignal) {
    this.workers = Array.from({ length: count }, () => new LoadWorker(stopping));
  }

  /** Of so many at once, those of each worker. */
  shareOf(atOnce: number): number {
    return Math.max(1, Math.floor(atOnce / this.workers.length));
  }

  /** Resolves when every device is registered. */
  async connect(plan: LoadPlan): Promise<void> {
    const run = randomBytes(4).toString('hex');
    const workers = this.workers.length;
    const asked = this.workers.map((one, worker) => one.ask('connect', { ...plan, run, worker, workers }));
    await Promise.all(asked);
  }

  /** Asks all of them, and waits for their answers; rejects when one of them failed. */
  ask<Name extends keyof Calls>(name: Name, argument: Argument<Name>): Promise<Answer<Name>[]> {
    return Promise.all(this.workers.map((worker) => worker.ask(name, argument)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}

type Reply = { name: keyof Calls; answer: unknown; failure?: string };

class LoadWorker {
  private readonly process = fork(script, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  private readonly replies = new EventEmitter();
  private failure: Error | undefined;
  private readonly ended: Promise<void>;

  constructor(private readonly stopping: AbortSignal) {
    this.replies.on('error', (error: Error) => {
      this.failure ??= error;
    });
    this.process.on('message', ({ name, answer, failure }: Reply) => {
      if (failure === undefined) this.replies.emit(name, answer);
      else this.fail(failure);
    });
    this.ended = new Promise((resolve) => {
      this.process.on('error', (error) => resolve(this.fail(error.message)));
      this.process.on('exit', (code, signal) => resolve(this.fail(`it ended early (${signal ?? code})`)));
    });
  }

  /** One call of a name at a time. */
  async ask<Name extends keyof Calls>(name: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    if (this.failure) throw this.failure;
    const signal = AbortSignal.any([this.stopping, AbortSignal.timeout(answerTimeoutMs)]);
    const replied = once(this.replies, name, { signal });
    this.process.send({ name, argument });
    return (await replied)[0] as Answer<Name>;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  private fail(reason: string): void {
    this.replies.emit('error', new Error(`the load generator failed: ${reason}`));
  }
}
