import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Where Linux gives each session an equal share (autogroup), a priority counts among a session's own processes alone. */
const sessionFile = '/proc/self/autogroup';

/** Of this process and, on Linux, of its session: from -20, the first, to 19. */
export type Rank = { readonly process: number; readonly session: number };

export function rank(): Rank {
  let session = 0;
  try {
    session = Number(/nice (-?\d+)/.exec(readFileSync(sessionFile, 'utf8'))?.[1] ?? 0);
  } catch {
    // Other systems, and kernels without it.
  }
  return { process: getPriority(), session };
}

/** As far as the system allows it: only its administrator may go before others. */
export function takeRank({ process, session }: Rank): void {
  for (const take of [() => setPriority(process), () => writeFileSync(sessionFile, String(session))]) {
    try {
      take();
    } catch {
      // Then it stays as it is.
    }
  }
}
