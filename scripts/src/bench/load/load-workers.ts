/** The processes of the load generator, as the bench sees them. They end when the bench does, however that ends. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@openrelay/launch';
import type { Answer, Argument, Calls, Conditions, LoadPlan, ScenarioContext } from './plan';

const mostWorkers = 4;
// Under the 20,000 open files that systems commonly allow a process.
const connectionsPerProcess = 18_000;
// Longer than any call takes: a worker bounds its own waits.
const answerTimeoutMs = 900_000;
const script = join(__dirname, '../worker/main.js');

export class LoadWorkers {
  private readonly workers: readonly LoadWorker[];

  /** Once `stopping` is aborted, what is asked rejects. */
  constructor({ conditions, workers, stopping }: Pick<ScenarioContext, 'conditions' | 'workers' | 'stopping'>) {
    this.workers = Array.from({ length: workersFor(conditions, workers) }, () => new LoadWorker(stopping));
  }

  /** Resolves when every device is registered. */
  async connect(plan: LoadPlan): Promise<void> {
    const run = randomBytes(4).toString('hex');
    const workers = this.workers.length;
    await Promise.all(this.workers.map((one, worker) => one.ask('connect', { ...plan, run, worker, workers })));
  }

  /** Asks all of them, and waits for their answers; rejects when one of them failed. */
  ask<Name extends keyof Calls>(name: Name, ...argument: Argument<Name>): Promise<Answer<Name>[]> {
    return Promise.all(this.workers.map((worker) => worker.ask(name, ...argument)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}

class LoadWorker {
  private readonly process: ChildProcess;
  private readonly ended: Promise<never>;

  constructor(private readonly stopping: AbortSignal) {
    this.process = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
    this.ended = once(this.process, 'exit').then(([code, signal]) => {
      throw new Error(`the load generator failed: it ended early (${signal ?? code})`);
    });
    // Told to who asks it next.
    this.ended.catch(() => undefined);
  }

  async ask<Name extends keyof Calls>(name: Name, ...[argument]: Argument<Name>): Promise<Answer<Name>> {
    const signal = AbortSignal.any([this.stopping, AbortSignal.timeout(answerTimeoutMs)]);
    const replied = once(this.process, 'message', { signal });
    if (this.process.connected) this.process.send({ name, argument });
    const [{ answer, failure }] = await Promise.race([this.ended, replied]);
    if (failure !== undefined) throw new Error(`the load generator failed: ${failure}`);
    return answer;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }
}

/** One core is the relay's; on a small machine one worker costs the relay least. */
function workersFor({ connections }: Conditions, wanted: number | undefined): number {
  const needed = Math.ceil(connections / connectionsPerProcess);
  const spare = Math.min(mostWorkers, Math.max(1, availableParallelism() - 1));
  return Math.min(connections / 2, Math.max(needed, wanted ?? spare));
}

export function checkConnections({ connections, edges }: Conditions): void {
  if (connections % 2 === 1) throw new UsageError(`--connections is ${connections}, but must be even.`);
  if (connections <= edges * connectionsPerProcess) return;
  throw new UsageError(`--connections ${connections} needs more edges: ${connectionsPerProcess} fit on one.`);
}
