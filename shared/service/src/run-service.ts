/** What the process of every service does around its work: settings, log, signals, exit code. */
import { randomBytes } from 'node:crypto';
import { parseCommandLine, type Settings, type SettingsCheck } from '@openrelay/config';
import { createLog, type Log } from '@openrelay/telemetry';

interface Service {
  /** Rejects with a sentence for the person who started it. */
  start(): Promise<void>;
  /** Called once. */
  stop(): Promise<void>;
}

/** What a service is given by its process. */
interface Surroundings {
  readonly settings: Settings;
  /** This process's name in the cluster: 12 hex digits, new at each start. */
  readonly node: string;
  readonly log: Log;
  /** What a stop signal does; may be asked for more than once. */
  readonly leave: () => void;
}

/** What of `process` is used. */
type Host = Pick<NodeJS.Process, 'argv' | 'env' | 'exitCode' | 'exit'> & {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  once(signal: NodeJS.Signals, listener: () => void): unknown;
};

interface ServiceProcess {
  /** As it stands in log lines, `--help` and errors. */
  readonly name: string;
  create: (surroundings: Surroundings) => Service;
  /** What this service alone needs of its machine. */
  readonly check?: SettingsCheck;
}

/**
 * Runs a service until a stop signal. Exit codes: 0 it has stopped, or only answered its command line; 1 a wrong setting, or it
 * could not start or stop; 2 a wrong command line.
 */
export async function runService(host: Host, service: ServiceProcess): Promise<void> {
  const fail = (error: unknown) => {
    host.stderr.write(`${service.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    host.exit(1);
  };
  await run(host, service, fail).catch(fail);
}

async function run(host: Host, { name, create, check }: ServiceProcess, fail: (error: unknown) => void): Promise<void> {
  const line = parseCommandLine(host.argv.slice(2), host.env, name, check);
  if (line.action === 'exit') {
    host.stdout.write(line.stdout);
    host.stderr.write(line.stderr);
    host.exitCode = line.exitCode;
    return;
  }
  const { settings, warnings } = line;
  const node = randomBytes(6).toString('hex');
  const log = createLog({ level: settings.logLevel, service: name, node });
  for (const text of warnings) log.warn('settings.warning', { text });

  let isLeaving = false;
  const leave = () => {
    if (isLeaving) return;
    isLeaving = true;
    void service.stop().then(() => host.exit(0), fail);
  };
  const service = create({ settings, node, log, leave });
  host.on('SIGTERM', leave);
  host.once('SIGINT', leave); // a second Ctrl-C ends it at once
  await service.start();
}
