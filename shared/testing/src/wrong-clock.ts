import { join } from 'node:path';

/** The environment of a process whose wall clock is to be wrong by so much, until SIGUSR2 sets it right. */
export function wrongClock(shiftMs: number): Readonly<Record<string, string>> {
  const preload = join(__dirname, '../wrong-clock.cjs');
  return { NODE_OPTIONS: `--require ${preload}`, CLOCK_SHIFT_MS: String(shiftMs) };
}
