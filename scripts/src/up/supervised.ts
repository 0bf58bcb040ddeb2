import { setTimeout as pause } from 'node:timers/promises';
import type { Exit } from '@openrelay/launch';

/** A process that runs. */
export interface Running {
  readonly exited: Promise<Exit>;
  /** The end of what it wrote. */
  output(): string;
  stop(): Promise<unknown>;
}

export interface Part<Process extends Running> {
  /** As a sentence begins with it: `Edge 2`. */
  readonly title: string;
  readonly logFile: string;
  /** The same again after the process has ended. */
  start(): Promise<Process>;
}

export interface Listener {
  say(line: string): void;
  /** It is not started any more; the sentence says why. */
  gaveUp(sentence: string): void;
  /** A clock that only goes forward, in ms. */
  monotonicMs(): number;
}

const mostRestarts = 5;
const restartsPerMs = 60_000;
/** Before each restart, for each one of the last minute: what fails at once would fail at once again. */
const pauseMs = 200;
const linesShown = 20;

/** Keeps one process running: it is started again when it ends by itself, but not for ever. */
export class Supervised<Process extends Running> {
  private readonly leaving = new AbortController();
  private readonly restartedAtMs: number[] = [];
  private process: Process | undefined;
  private kept: Promise<void> = Promise.resolve();

  constructor(
    private readonly part: Part<Process>,
    private readonly listener: Listener,
  ) {}

  /** The first start; rejects with a sentence when it fails. */
  async start(): Promise<Process> {
    const process = await this.part.start();
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
    let how = await endOf(first);
    while (!this.leaving.signal.aborted) {
      if (!this.mayRestart()) return this.giveUp(how);
      how = await this.startAgain(how);
    }
  }

  /** Resolves with how the new process ended. */
  private async startAgain(how: string): Promise<string> {
    const { part, listener, leaving } = this;
    listener.say(`${part.title} ${how}; it is started again.`);
    try {
      await pause(pauseMs * (this.restartedAtMs.length - 1), undefined, { signal: leaving.signal });
      this.process = await part.start();
    } catch (error) {
      return `did not start (${firstLine(error)})`;
    }
    // Told to stop meanwhile, which then reached the process before this one.
    if (leaving.signal.aborted) await this.process.stop();
    else listener.say(`${part.title} is up again.`);
    return endOf(this.process);
  }

  private mayRestart(): boolean {
    const nowMs = this.listener.monotonicMs();
    const { restartedAtMs } = this;
    while (restartedAtMs[0] !== undefined && nowMs - restartedAtMs[0] >= restartsPerMs) restartedAtMs.shift();
    if (restartedAtMs.length >= mostRestarts) return false;
    restartedAtMs.push(nowMs);
    return true;
  }

  private giveUp(how: string): void {
    const { title, logFile } = this.part;
    const lastLines = this.process?.output().trimEnd().split('\n').slice(-linesShown).join('\n');
    this.listener.gaveUp(
      `${title} ${how}, after ${mostRestarts} restarts within a minute: everything is stopped. ` +
        `The end of ${logFile}:\n${lastLines}`,
    );
  }
}

async function endOf({ exited }: Running): Promise<string> {
  const { code, signal } = await exited;
  return `stopped (${signal ?? `code ${code}`})`;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!;
}
