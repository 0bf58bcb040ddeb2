import { setTimeout as pause } from 'node:timers/promises';
import type { Overview } from '@openrelay/overview';
import type { Screen } from '../session/world';
import { type Line, plain } from '../text/line';
import { topView } from '../views/top-view';
import { RateWindow } from './rate-window';

const redrawMs = 1000;
const windowMs = 10_000;

type Readings = Pick<Overview, 'snapshot' | 'lastMinute'>;

/** What is on the screen, as long as Redis has answered in the last two seconds; later its silence is told instead of a verdict. */
type View = (columns: number, silentSeconds: number) => Line[];

/** Draws the cluster each second until the user leaves. Redis may go and come meanwhile. */
export async function live(overview: Readings, screen: Screen): Promise<void> {
  const leaving = new AbortController();
  const window = new RateWindow(windowMs);
  let view: View = () => [plain('Reading …')];
  let readAtMs = performance.now();
  const silentSeconds = () => Math.floor((performance.now() - readAtMs) / 1000);
  const draw = () => {
    if (!leaving.signal.aborted) screen.draw(view(screen.size().columns, silentSeconds()));
  };
  const left = new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()));
  screen.open(() => leaving.abort(), draw);
  const silence = setInterval(() => {
    if (silentSeconds() > 1) draw();
  }, redrawMs);
  try {
    while (!leaving.signal.aborted) {
      const read = readView(overview, window).then((next) => {
        view = next;
        readAtMs = performance.now();
        draw();
      });
      await Promise.race([left, read]);
      await pause(redrawMs, undefined, { signal: leaving.signal }).catch(() => undefined); // the user left
    }
  } finally {
    clearInterval(silence);
    screen.close();
  }
}

/** Never rejects: what cannot be read is said on the screen. */
async function readView(overview: Readings, window: RateWindow): Promise<View> {
  try {
    const snapshot = await overview.snapshot();
    const cluster = { ...snapshot, ...(window.add(snapshot) ?? (await overview.lastMinute())) };
    return (columns, silentSeconds) => topView(cluster, columns, silenceLines(silentSeconds));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return () => [
      [{ text: `Redis cannot be asked: ${why}`, colour: 'red' }],
      plain('Trying again each second; q ends.'),
    ];
  }
}

function silenceLines(seconds: number): Line[] | undefined {
  if (seconds <= 1) return undefined;
  return [[{ text: `Redis has not answered for ${seconds} s: what is below is of then.`, colour: 'red' }]];
}
