/** What the kernel says a process has used (Linux: proc(5)). */
import { existsSync, readFileSync } from 'node:fs';

// USER_HZ, the unit of /proc/PID/stat towards programs: 100 on every architecture Node.js runs on.
const ticksPerSecond = 100;
const userTicksField = 11;
const systemTicksField = 12;

export const noAccounting = 'This system has no /proc, so CPU and memory of the processes are not reported.';

export function hasAccounting(): boolean {
  return existsSync('/proc/self/stat') && existsSync('/proc/self/status');
}

/** User and system time of all its threads, in steps of 10 ms. Null without /proc, or when the process is gone. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return null;
  // The second field, the program's name in parentheses, may hold spaces: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[userTicksField]) + Number(fields[systemTicksField])) / ticksPerSecond;
}

/** Null without /proc, or when the process is gone. */
export function residentBytes(pid: number): number | null {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '');
  return line === null ? null : Number(line[1]) * 1024;
}

/** Null when one of the figures is not to be had. */
export function sum(figures: readonly (number | null)[]): number | null {
  return figures.reduce((total, figure) => (total === null || figure === null ? null : total + figure), 0);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
