import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../connection/connection';

/** How often a step's worth of connections is closed. */
const stepMs = 50;

/** A copy in random order (Fisher-Yates), so that no group of devices comes back together. */
function shuffled<T>(items: Iterable<T>, random: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** Closes connections with 1012 in random order, spread evenly over the time, so that they do not come back all at once. */
export async function closeSpread(
  connections: Iterable<Connection>,
  overMs: number,
  random: () => number,
): Promise<number> {
  const all = shuffled(connections, random);
  const steps = Math.max(1, Math.min(all.length, Math.floor(overMs / stepMs)));
  for (let step = 0; step < steps; step += 1) {
    const from = Math.floor((step * all.length) / steps);
    const to = Math.floor(((step + 1) * all.length) / steps);
    for (const connection of all.slice(from, to)) {
      if (connection.isOpen) connection.socket.close('restart', 'this node restarts; come back after a random pause');
    }
    if (step < steps - 1) await pause(overMs / steps);
  }
  return all.length;
}

/** Waits until the condition holds, at most for the bound. */
export async function waitUntil(condition: () => boolean, boundMs: number): Promise<void> {
  for (let waited = 0; !condition() && waited < boundMs; waited += stepMs) await pause(stepMs);
}

/**
 * Waits until the peers of closed connections have gone, at most for the bound. A process that ends before makes the kernel reset
 * what they still send to it, and a peer whose write fails does not read the close frame that has long arrived.
 * @param areGone as the transport tells of no peer's end after the close frame
 */
export async function linger(areGone: () => Promise<boolean>, boundMs: number): Promise<void> {
  for (let waited = 0; waited < boundMs && !(await areGone()); waited += stepMs) await pause(stepMs);
}
