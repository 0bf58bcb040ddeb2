/** What the kernel says that processes have used (Linux: proc(5)). NaN without /proc, or when one of them is gone. */
import { existsSync, readFileSync } from 'node:fs';
import { sum } from './figure';

// USER_HZ, the unit of /proc/PID/stat towards programs: 100 on every architecture Node.js runs on.
const ticksPerSecond = 100;
const userTicksField = 11;
const systemTicksField = 12;

/** Processes by what they are in the report: `edge`, `redis`, `memory`. */
export type Watched = Record<string, readonly number[]>;
export type Usage = Record<string, number>;

export const hasAccounting = existsSync('/proc/self/stat') && existsSync('/proc/self/status');

/** User and system time of all their threads, in steps of 10 ms. */
export function cpuSeconds(watched: Watched): Usage {
  return usageOf(watched, (pid) => {
    // The second field, the program's name in parentheses, may hold spaces: count from behind it.
    const [, behind = ''] = /^.*\) (.*)$/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    const fields = behind.split(' ');
    return (Number(fields[userTicksField]) + Number(fields[systemTicksField])) / ticksPerSecond;
  });
}

export function residentBytes(watched: Watched): Usage {
  return usageOf(watched, (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1]) * 1024);
}

function usageOf(watched: Watched, ask: (pid: number) => number): Usage {
  return Object.fromEntries(Object.entries(watched).map(([name, pids]) => [name, sum(pids.map(ask))]));
}

export function mapUsage(usage: Usage, change: (value: number, name: string) => number): Usage {
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, change(value, name)]));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
