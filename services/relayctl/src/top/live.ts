import { setTimeout as pause } from 'node:timers/promises';
import type { Overview } from '@openrelay/overview';
import { type Line, plain } from '../text/line';
import { topView } from '../views/top-view';
import { RateWindow } from './rate-window';
import type { Screen } from './screen';

const redrawMs = 1000;
const windowMs = 10_000;

/** Draws the cluster each second until the user leaves. Redis may go and come meanwhile. */
export async function live(overview: Overview, screen: Screen): Promise<void> {
  const leaving = new AbortController();
  const window = new RateWindow(windowMs);
  let view: (columns: number) => Line[] = () => [plain('Reading …')];
  const draw = () => {
    if (!leaving.signal.aborted) screen.draw(view(screen.size().columns));
  };
  const left = new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()));
  screen.open(() => leaving.abort(), draw);
  try {
    while (!leaving.signal.aborted) {
      const read = readView(overview, window).then((next) => {
        view = next;
        draw();
      });
      await Promise.race([left, read]);
      await pause(redrawMs, undefined, { signal: leaving.signal }).catch(() => undefined); // the user left
    }
  } finally {
    screen.close();
  }
}

/** Never rejects: what cannot be read is said on the screen. */
async function readView(overview: Overview, window: RateWindow): Promise<(columns: number) => Line[]> {
  try {
    const snapshot = await overview.snapshot();
    const traffic = window.add(snapshot) ?? (await overview.lastMinute());
    return (columns) => topView(snapshot, traffic, columns);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return () => [
      [{ text: `Redis cannot be asked: ${why}`, colour: 'red' }],
      plain('Trying again each second; q ends.'),
    ];
  }
}
