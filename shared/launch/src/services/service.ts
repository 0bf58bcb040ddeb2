/** What starting any of the services has in common. */
import { get, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import { type Child, type Exit, startChild } from '../processes/child';
import { StartError } from '../processes/start-error';
import { untilReady } from '../processes/until-ready';

export type ServiceOptions = {
  redisUrl: string;
  /** Added to PATH and the settings of the other options, which win; nothing else of this process's environment is passed on. */
  env?: Readonly<Record<string, string | undefined>>;
  logFile?: string;
  /** How long `stop` waits before it kills: longer than the service takes to leave. */
  graceMs?: number;
};

export type RunningService = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
};

type ServicePlan = {
  /** As a sentence begins with it. */
  readonly title: string;
  /** The script to run. */
  readonly entry: string;
  /** Besides REDIS_URL, and above those of `env`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** When the options say none. */
  readonly graceMs: number;
  readonly onLine: (line: string) => void;
  /** What it has to do before it is of use, in this order. */
  readonly steps: Readonly<Record<string, () => Promise<boolean> | boolean>>;
};

const requestMs = 1000;

/** A service that is of use. Rejects with a sentence and the end of its output when it does not become so. */
export async function startService(options: ServiceOptions, plan: ServicePlan): Promise<RunningService> {
  const { redisUrl, env, logFile, graceMs = plan.graceMs } = options;
  const child = await startChild({
    command: process.execPath,
    args: [plan.entry],
    env: { PATH: process.env.PATH, ...env, ...plan.settings, REDIS_URL: redisUrl },
    logFile,
    onLine: plan.onLine,
  });
  try {
    for (const [what, check] of Object.entries(plan.steps)) {
      const stopped = ({ code, signal }: Exit) => {
        const summary = `${plan.title} stopped (${signal ?? `code ${code}`}) before it could ${what}.`;
        return new StartError(summary, child.output(), lastWords(child));
      };
      await untilReady(child, { check, stopped, late: `${plan.title} did not ${what}` });
    }
  } catch (error) {
    await child.stop('SIGKILL', graceMs);
    throw error;
  }
  return { ...child, stop: (signal = 'SIGTERM') => child.stop(signal, graceMs) };
}

/** What stands behind its log, which is JSON lines. */
function lastWords(child: Child): string | undefined {
  const lines = child.output().trimEnd().split('\n');
  return lines.slice(lines.findLastIndex((line) => line.startsWith('{')) + 1).join('\n') || undefined;
}

/** The port that a log line tells, when it is of that event. */
export function listeningPort(line: string, wanted: string): number | undefined {
  if (!line.includes(wanted)) return undefined;
  try {
    const { event, port } = JSON.parse(line) as { event?: unknown; port?: unknown };
    return event === wanted && typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the URL, which is on this machine, answers 200 within a second. */
export async function answers(url: string): Promise<boolean> {
  return (await ask(url))?.status === 200;
}

export type Answer = {
  readonly status: number;
  readonly text: string;
};

/** What a URL on this machine answers; undefined when it does not within a second. */
export function ask(url: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const take = (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('close', () => resolve(undefined));
    };
    const options = { agent: false, timeout: requestMs };
    // Its certificate is for the name that devices know, not for this machine's address.
    const request = url.startsWith('https:')
      ? getOverTls(url, { ...options, rejectUnauthorized: false }, take)
      : get(url, options, take);
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => resolve(undefined));
  });
}

/** Where a socket that was bound to the address can be reached from this machine, as it is written in a URL. */
export function reachable(bindAddress: string): string {
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  if (bindAddress === '::') return '[::1]';
  return bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
}
