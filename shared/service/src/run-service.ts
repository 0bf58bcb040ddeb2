/** What the process of every service does around its work: settings, log, signals, exit code. */
import { randomBytes } from 'node:crypto';
import { parseCommandLine, type Settings, type SettingsCheck } from '@openrelay/config';
import { createLog, type Log } from '@openrelay/telemetry';
import { failureOf } from './failure';

type Service = {
  /** Rejects with a sentence for the person who started it. */
  start(): Promise<void>;
  /** Called once. */
  stop(): Promise<void>;
};

/** What a service is given by its process. */
type Surroundings = {
  readonly settings: Settings;
  /** This process's name in the cluster: 12 hex digits, new at each start. */
  readonly node: string;
  readonly log: Log;
  /** What a stop signal does; may be asked for more than once. */
  readonly leave: () => void;
};

type Output = {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
};

/** What of `process` is used. */
type Host = Pick<NodeJS.Process, 'argv' | 'env' | 'exitCode' | 'exit'> & {
  readonly stdout: Output;
  readonly stderr: Output;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  once(signal: NodeJS.Signals, listener: () => void): unknown;
};

type ServiceProcess = {
  /** As it stands in log lines, `--help` and errors. */
  readonly name: string;
  create: (surroundings: Surroundings) => Service;
  /** What this service alone needs of its machine. */
  readonly check?: SettingsCheck;
};

/** How long the last lines of the log may take. */
const flushBoundMs = 500;

/**
 * Runs a service until a stop signal. Exit codes: 0 it has stopped, or only answered its command line; 1 a wrong setting, or it
 * could not start or stop, or an error that nobody expected; 2 a wrong command line.
 */
export async function runService(host: Host, service: ServiceProcess): Promise<void> {
  // A log that nobody reads any more is no reason to end.
  for (const output of [host.stdout, host.stderr]) output.on('error', () => undefined);
  const line = parseCommandLine(host.argv.slice(2), host.env, service.name, service.check);
  if (line.action === 'exit') {
    answer(host, line);
    return;
  }
  const { settings, warnings } = line;
  const node = randomBytes(6).toString('hex');
  const log = createLog({ level: settings.logLevel, service: service.name, node });
  for (const text of warnings) log.warn('settings.warning', { text });
  await new Life(host, service, { settings, node, log }).run();
}

/** An answer that cannot be written is none; a reader that has read enough, as `head` has, is no failure. */
function answer(host: Host, { stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number }): void {
  host.exitCode = exitCode;
  const lost = ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') host.exitCode = 1;
  };
  for (const output of [host.stdout, host.stderr]) output.on('error', lost);
  if (!wrote(host.stderr, stderr) || !wrote(host.stdout, stdout)) host.exitCode = 1;
}

/** A full disk is told at once or, by newer versions of Node.js, as an event. */
function wrote(output: Output, text: string): boolean {
  try {
    output.write(text);
    return true;
  } catch {
    return false;
  }
}

/** From the start of a service to its exit code, of which there is one. */
class Life {
  private service: Service | undefined;
  private isLeaving = false;
  private isOver = false;

  constructor(
    private readonly host: Host,
    private readonly plan: ServiceProcess,
    private readonly given: Omit<Surroundings, 'leave'>,
  ) {}

  async run(): Promise<void> {
    const { host, plan, given } = this;
    const leave = () => void this.leave(); // never rejects
    try {
      this.service = plan.create({ ...given, leave });
      host.on('uncaughtException', (error) => void this.endOf(error)); // never rejects
      host.on('unhandledRejection', (error) => void this.endOf(error));
      host.on('SIGTERM', leave);
      host.once('SIGINT', leave); // a second Ctrl-C ends it at once
      await this.service.start();
    } catch (error) {
      if (!this.isLeaving) await this.fail(error); // who is told to leave may not have started
    }
  }

  private async leave(): Promise<void> {
    if (this.isLeaving) return;
    this.isLeaving = true;
    try {
      await this.service?.stop();
      await this.exit(0);
    } catch (error) {
      await this.fail(error);
    }
  }

  /** With a sentence for the person who started it. */
  private fail(error: unknown): Promise<void> {
    this.say(error instanceof Error ? error.message : String(error));
    return this.exit(1);
  }

  /** The last resort: what state things are in is not known any more. */
  private async endOf(error: unknown): Promise<void> {
    if (this.isOver) return;
    const failure = failureOf(error);
    this.given.log.fatal('process.failed', failure);
    this.say(`an unexpected error ended it: ${failure.error} at ${failure.at}`);
    await this.exit(1);
  }

  private say(sentence: string): void {
    wrote(this.host.stderr, `${this.plan.name}: ${sentence}\n`); // if it cannot be, the exit code tells
  }

  private async exit(code: 0 | 1): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.given.log.flush(flushBoundMs);
    this.host.exit(code);
  }
}
