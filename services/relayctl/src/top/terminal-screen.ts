import type { ReadStream, WriteStream } from 'node:tty';
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

/** The terminal of this process. */
export class TerminalScreen implements Screen {
  private release: (() => void) | undefined;

  constructor(
    private readonly input: ReadStream | undefined,
    private readonly output: WriteStream,
    private readonly colours: 'yes' | 'no',
  ) {}

  size(): { columns: number; rows: number } {
    return { columns: this.output.columns, rows: this.output.rows };
  }

  open(onLeave: () => void, onResize: () => void): void {
    const onKey = (keys: Buffer) => {
      if (leavingKeys.some((key) => keys.includes(key))) onLeave();
    };
    const restore = () => void this.output.write(giveBack);
    this.output.write(take);
    this.output.on('resize', onResize);
    for (const signal of leavingSignals) process.on(signal, onLeave);
    // Whatever ends the process, the user gets the terminal back.
    process.once('exit', restore);
    this.input?.setRawMode(true).on('data', onKey).on('end', onLeave);
    this.release = () => {
      this.output.off('resize', onResize);
      for (const signal of leavingSignals) process.off(signal, onLeave);
      process.off('exit', restore);
      this.input?.off('data', onKey).off('end', onLeave).setRawMode(false).pause();
      restore();
    };
  }

  draw(lines: readonly Line[]): void {
    const { columns, rows } = this.size();
    const shown = lines.slice(0, rows).map((line) => `${print(cut(line, columns), this.colours)}${eraseLine}`);
    this.output.write(`${home}${shown.join('\r\n')}${eraseBelow}`);
  }

  close(): void {
    this.release?.();
    this.release = undefined;
  }
}
