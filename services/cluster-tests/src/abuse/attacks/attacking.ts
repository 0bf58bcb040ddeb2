/** What most attacks do: the same thing again and again, side by side, until their time is over. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Orders, Tally } from '../attack';
import type { WireDeviceOptions } from '../wire/wire-device';
import { type Place, UpgradeRefused } from '../wire/wire-socket';

/** After a refused connection: an attacker that only spins would measure itself. */
const breathMs = 5;

/** A whole number of things, at least one. */
export function many(orders: Orders, inFull: number): number {
  return Math.max(1, Math.round(inFull * orders.share));
}

/** The edge at the index, counted round. */
export function edgeOf({ edges }: Orders, index: number): Place {
  return edges[index % edges.length]!;
}

export function from({ address }: Orders): Pick<WireDeviceOptions, 'address'> {
  return { address };
}

export function count(tally: Tally, name: string, by = 1): void {
  tally[name] = (tally[name] ?? 0) + by;
}

/** Runs `once` side by side and again and again until the time is over. What it throws is counted as `refused STATUS` or `failed`. */
export async function repeat(
  orders: Orders,
  runners: number,
  tally: Tally,
  once: (runner: number, isOver: () => boolean) => Promise<void>,
): Promise<void> {
  const endMs = performance.now() + orders.milliseconds;
  const isOver = () => performance.now() >= endMs;
  const runOne = async (runner: number) => {
    while (!isOver()) {
      try {
        await once(runner, isOver);
      } catch (error) {
        count(tally, error instanceof UpgradeRefused ? `refused ${error.status}` : 'failed');
        await pause(breathMs);
      }
    }
  };
  await Promise.all(Array.from({ length: runners }, (_, runner) => runOne(runner)));
}

/** Waits for the end of the time that the orders leave, from a moment on. */
export async function untilOver(orders: Orders, sinceMs: number): Promise<void> {
  await pause(Math.max(0, sinceMs + orders.milliseconds - performance.now()));
}

/** Runs `once` for each index, so many at a time; what it throws is counted. */
export async function each(
  total: number,
  atOnce: number,
  tally: Tally,
  once: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runOne = async () => {
    while (next < total) {
      const index = next++;
      await once(index).catch((error: unknown) => {
        count(tally, error instanceof UpgradeRefused ? `refused ${error.status}` : 'failed');
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, total) }, runOne));
}

/** `3 MiB`, `120 KiB`. */
export function bytes(amount: number): string {
  if (amount >= 1_048_576) return `${(amount / 1_048_576).toFixed(1)} MiB`;
  return `${Math.round(amount / 1024)} KiB`;
}

/** The counts of a tally whose names begin so, as `NAME: COUNT`, the commonest first. */
export function countsOf(tally: Tally, prefix: string): string {
  const found = Object.entries(tally).filter(([name]) => name.startsWith(prefix));
  const sorted = found.sort(([, one], [, other]) => other - one);
  return sorted.map(([name, times]) => `${name.slice(prefix.length)} × ${times}`).join(', ') || 'none';
}

export function of(tally: Tally, name: string): number {
  return tally[name] ?? 0;
}
