/** What starting any of the services has in common. */
import { get, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import type { Child, Exit } from './child';
import { waitUntil } from './wait';

const startMs = 15_000;
const requestMs = 1000;

/** Waits for a step of a service's start. @throws Error with the end of its output when it does not come, or the service ends */
export async function becomes(
  service: string,
  child: Child,
  what: string,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  let gone: Exit | undefined;
  void child.exited.then((exit) => {
    gone = exit;
  });
  const done = await waitUntil(() => {
    if (gone === undefined) return check();
    const how = gone.signal ?? `code ${gone.code}`;
    throw new Error(`${service} stopped (${how}) before it could ${what}. Its last output:\n${child.output()}`);
  }, startMs);
  if (!done) throw new Error(`${service} did not ${what} in ${startMs / 1000} s. Its last output:\n${child.output()}`);
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
export function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const take = (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    const options = { agent: false, timeout: requestMs };
    // Its certificate is for the name that devices know, not for this machine's address.
    const request = url.startsWith('https:')
      ? getOverTls(url, { ...options, rejectUnauthorized: false }, take)
      : get(url, options, take);
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => resolve(false));
  });
}

/** Where a socket that was bound to the address can be reached from this machine, as it is written in a URL. */
export function reachable(bindAddress: string): string {
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  if (bindAddress === '::') return '[::1]';
  return bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
}
