import type { Screen } from '../session/world';
import { cut, type Line, print } from '../text/line';

// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: another screen, without a cursor; home; erase to the end.
const take = '\u001b[?1049h\u001b[?25l';
const giveBack = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const eraseLine = '\u001b[K';
const eraseBelow = '\u001b[J';

const leavingKeys = ['q', 'Q', '\u0003'];
const leavingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Listener = (keys: Buffer) => void;

/** What is used of a terminal's two streams; those of node:tty are so. */
type Keyboard = {
  setRawMode(raw: boolean): unknown;
  pause(): unknown;
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
};
type Display = {
  columns: number;
  rows: number;
  write(text: string): unknown;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
};

/** The terminal of this process. */
export class TerminalScreen implements Screen {
  private release: (() => void) | undefined;

  constructor(
    private readonly keyboard: Keyboard | undefined,
    private readonly display: Display,
    private readonly colours: 'yes' | 'no',
  ) {}

  size(): { columns: number; rows: number } {
    return { columns: this.display.columns, rows: this.display.rows };
  }

  open(onLeave: () => void, onResize: () => void): void {
    const onKey = (keys: Buffer) => {
      if (leavingKeys.some((key) => keys.includes(key))) onLeave();
    };
    const restore = () => void this.display.write(giveBack);
    this.display.write(take);
    this.display.on('resize', onResize);
    for (const signal of leavingSignals) process.on(signal, onLeave);
    // Whatever ends the process, the user gets the terminal back.
    process.once('exit', restore);
    this.keyboard?.setRawMode(true);
    this.keyboard?.on('data', onKey);
    this.keyboard?.on('end', onLeave);
    this.release = () => {
      this.display.off('resize', onResize);
      for (const signal of leavingSignals) process.off(signal, onLeave);
      process.off('exit', restore);
      this.keyboard?.off('data', onKey);
      this.keyboard?.off('end', onLeave);
      this.keyboard?.setRawMode(false);
      this.keyboard?.pause();
      restore();
    };
  }

  draw(lines: readonly Line[]): void {
    const { columns, rows } = this.size();
    const shown = lines.slice(0, rows).map((line) => `${print(cut(line, columns), this.colours)}${eraseLine}`);
    this.display.write(`${home}${shown.join('\r\n')}${eraseBelow}`);
  }

  close(): void {
    this.release?.();
    this.release = undefined;
  }
}
