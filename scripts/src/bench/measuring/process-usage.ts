/** What the kernel says that processes have used (Linux: proc(5)). NaN without /proc, or when one of them is gone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { sum } from './figure';

// USER_HZ, the unit of /proc/PID/stat towards programs: 100 on every architecture Node.js runs on.
const ticksPerSecond = 100;
const userTicksField = 11;
const systemTicksField = 12;

/** Processes by what they are in the report: `edge`, `redis`, `memory`. */
export type Watched = Record<string, readonly number[]>;
export type Usage = Record<string, number>;

export const hasAccounting = existsSync('/proc/self/stat') && existsSync('/proc/self/status');

/** User and system time of all their threads. */
export function cpuSeconds(pids: readonly number[]): number {
  return sum(pids.map((pid) => scheduledSeconds(pid) ?? tickedSeconds(pid)));
}

/** To the nanosecond, where the kernel accounts for that: an idle process uses less than a tick in a minute. */
function scheduledSeconds(pid: number): number | undefined {
  const threads = existsSync(`/proc/${pid}/schedstat`) ? readdirSync(`/proc/${pid}/task`) : [];
  if (threads.length === 0) return undefined;
  return (
    sum(threads.map((thread) => Number.parseInt(readOrNothing(`/proc/${pid}/task/${thread}/schedstat`), 10))) / 1e9
  );
}

/** In steps of 10 ms. */
function tickedSeconds(pid: number): number {
  // The second field, the program's name in parentheses, may hold spaces: count from there on.
  const [, rest = ''] = /^.*\) (.*)$/s.exec(readOrNothing(`/proc/${pid}/stat`)) ?? [];
  const fields = rest.split(' ');
  return (Number(fields[userTicksField]) + Number(fields[systemTicksField])) / ticksPerSecond;
}

export function residentBytes(pids: readonly number[]): number {
  return sum(pids.map((pid) => 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1])));
}

export function mapUsage<Value>(of: Record<string, Value>, change: (value: Value, name: string) => number): Usage {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value, name)]));
}

/** '' for a file that is not there. */
export function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
