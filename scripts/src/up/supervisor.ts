import { type Exit, StartError } from '@openrelay/launch';
import type { Clock } from './clock';
import { logEnd } from './log-end';

/** A process that runs. */
export type Running = {
  readonly exited: Promise<Exit>;
  stop(): Promise<unknown>;
};

export type Part<Process extends Running> = {
  /** As a sentence begins with it: `Edge 2`. */
  readonly title: string;
  readonly logFile: string;
  /** The same again after the process has ended. */
  start(): Promise<Process>;
};

export type Listener = {
  say(line: string): void;
  /** It is not started any more; the sentence says why. */
  gaveUp(sentence: string): void;
  readonly clock: Clock;
};

/** The pause before each restart: what failed at once would fail at once again. After the last restart it is given up. */
const pausesMs = [1000, 2000, 4000, 8000, 16_000];
/** After running this long a process counts as stable, and its restarts are counted anew. */
const stableMs = 60_000;

/** Keeps one process running: starts it again when it ends by itself, but not for ever. */
export class Supervisor<Process extends Running> {
  private readonly leaving = new AbortController();
  private restarts = 0;
  private process: Process | undefined;
  private kept: Promise<void> = Promise.resolve();

  constructor(
    private readonly part: Part<Process>,
    private readonly listener: Listener,
  ) {}

  /** The first start; rejects with a sentence when it fails. */
  async start(): Promise<Process> {
    const { part } = this;
    const process = await part.start().catch((error: unknown) => {
      const sentence = error instanceof StartError ? error.sentence : undefined;
      throw sentence === undefined ? error : new Error(`${sentence} (log: ${part.logFile})`);
    });
    this.process = process;
    this.kept = this.keep(process);
    return process;
  }

  async stop(): Promise<void> {
    this.leaving.abort();
    await this.process?.stop();
    await this.kept;
  }

  private async keep(first: Process): Promise<void> {
    let how = await this.endOf(first);
    while (!this.leaving.signal.aborted) {
      const pauseMs = pausesMs[this.restarts];
      if (pauseMs === undefined) return this.giveUp(how);
      this.restarts++;
      how = await this.startAgain(how, pauseMs);
    }
  }

  /** Resolves with how the new process ended. */
  private async startAgain(how: string, pauseMs: number): Promise<string> {
    const { part, listener, leaving } = this;
    listener.say(`${part.title} ${how}; it is started again in ${pauseMs / 1000} s.`);
    try {
      await listener.clock.pause(pauseMs, leaving.signal);
      this.process = await part.start();
    } catch (error) {
      return `did not start (${reasonOf(error)})`;
    }
    // `stop` came meanwhile, and stopped the process before this one.
    if (leaving.signal.aborted) await this.process.stop();
    else listener.say(`${part.title} is up again.`);
    return this.endOf(this.process);
  }

  private async endOf({ exited }: Running): Promise<string> {
    const { clock } = this.listener;
    const sinceMs = clock.monotonicMs();
    const { code, signal } = await exited;
    if (clock.monotonicMs() - sinceMs >= stableMs) this.restarts = 0;
    return `stopped (${signal ?? `code ${code}`})`;
  }

  private giveUp(how: string): void {
    const { title, logFile } = this.part;
    this.listener.gaveUp(
      `${title} ${how}, after ${pausesMs.length} restarts: everything is stopped. ` +
        `The end of ${logFile}:\n${logEnd(logFile)}`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof StartError) return error.reason;
  return error instanceof Error ? error.message : String(error);
}
