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

/** What a process gives its service. */
type ServiceContext = {
  readonly settings: Settings;
  /** This process's name in the cluster: 12 hex digits, new at each start. */
  readonly node: string;
  readonly log: Log;
  /** Does what a stop signal does. Only the first call counts. */
  readonly requestStop: () => void;
};

type Output = {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
};

/** The part of `process` that is used. */
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
  create: (context: ServiceContext) => Service;
  /** Checks what this service alone needs of its machine. */
  readonly check?: SettingsCheck;
};

/** How long the last lines of the log may take. */
const flushBoundMs = 500;

/**
 * Runs a service until a stop signal. Exit codes: 0 it has stopped, or only answered its command line; 1 a wrong setting, a failed
 * start or stop, or an unexpected error; 2 a wrong command line.
 */
export async function runService(host: Host, service: ServiceProcess): Promise<void> {
  // The process goes on when the reader of its log has gone.
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
  await new ServiceRun(host, service, { settings, node, log }).run();
}

/** An answer that cannot be written fails, unless its reader has read enough and gone, as `head` does. */
function answer(host: Host, { stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number }): void {
  host.exitCode = exitCode;
  const lost = ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') host.exitCode = 1;
  };
  for (const output of [host.stdout, host.stderr]) output.on('error', lost);
  if (!wrote(host.stderr, stderr) || !wrote(host.stdout, stdout)) host.exitCode = 1;
}

/** Node.js throws on a full disk; newer versions emit an event instead. */
function wrote(output: Output, text: string): boolean {
  try {
    output.write(text);
    return true;
  } catch {
    return false;
  }
}

/** From the start of a service to its one exit code. */
class ServiceRun {
  private service: Service | undefined;
  private isStopping = false;
  private hasExited = false;

  constructor(
    private readonly host: Host,
    private readonly plan: ServiceProcess,
    private readonly given: Omit<ServiceContext, 'requestStop'>,
  ) {}

  async run(): Promise<void> {
    const { host, plan, given } = this;
    const requestStop = () => void this.stop(); // never rejects
    try {
      this.service = plan.create({ ...given, requestStop });
      host.on('uncaughtException', (error) => void this.crash(error)); // never rejects
      host.on('unhandledRejection', (error) => void this.crash(error));
      host.on('SIGTERM', requestStop);
      host.once('SIGINT', requestStop); // a second Ctrl-C ends the process at once
      await this.service.start();
    } catch (error) {
      if (!this.isStopping) await this.fail(error); // a service that is stopped while it starts may fail to start
    }
  }

  private async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    try {
      await this.service?.stop();
      await this.exit(0);
    } catch (error) {
      await this.fail(error);
    }
  }

  /** Says why, in a sentence for the person who started it. */
  private fail(error: unknown): Promise<void> {
    this.printError(error instanceof Error ? error.message : String(error));
    return this.exit(1);
  }

  /** After an unexpected error the state of the process is unknown, so it ends without stopping the service. */
  private async crash(error: unknown): Promise<void> {
    if (this.hasExited) return;
    const failure = failureOf(error);
    this.given.log.fatal('process.failed', failure);
    this.printError(`an unexpected error ended it: ${failure.error} at ${failure.at}`);
    await this.exit(1);
  }

  private printError(sentence: string): void {
    wrote(this.host.stderr, `${this.plan.name}: ${sentence}\n`); // the exit code is left when it cannot be written
  }

  private async exit(code: 0 | 1): Promise<void> {
    if (this.hasExited) return;
    this.hasExited = true;
    await this.given.log.flush(flushBoundMs);
    this.host.exit(code);
  }
}
