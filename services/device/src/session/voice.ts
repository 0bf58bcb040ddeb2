import { fitted } from '../terminal/display-width';
import { printableLine, printablePainted } from '../terminal/printable';
import { wrappedLines } from '../terminal/wrapped-lines';
import type { Output } from './world';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

// https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters
const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};
const clearLine = '\r\u001b[K';

/** How a command speaks: sentences for people, or with `--json` a line of JSON for each thing that is told. */
export class Voice {
  private shown: 'nothing' | 'progress' = 'nothing';

  constructor(
    private readonly stdout: Output,
    private readonly stderr: Output,
    readonly form: 'text' | 'json',
  ) {}

  /** In either form. @param lines made only when people read them */
  tell(value: object, lines: () => readonly string[]): void {
    if (this.form === 'json') this.stdout.write(`${JSON.stringify(value)}\n`);
    else this.say(...lines());
  }

  /** For people alone. */
  say(...lines: readonly string[]): void {
    if (this.form === 'json') return;
    this.clearProgress();
    for (const line of lines) this.write(this.stdout, line);
  }

  /** In either form, without breaking lines: what came from elsewhere. */
  show(value: object, lines: () => readonly string[]): void {
    if (this.form === 'json') {
      this.tell(value, lines);
      return;
    }
    this.clearProgress();
    for (const line of lines()) this.stdout.write(`${printablePainted(line)}\n`);
  }

  /** In either form, beside the answer: on standard error. */
  warn(sentence: string): void {
    this.clearProgress();
    this.write(this.stderr, printableLine(sentence));
  }

  /** The last line of a terminal, which the next one replaces; nothing elsewhere. */
  progress(line: (columns: number) => string): void {
    if (this.form === 'json' || !this.stdout.isTerminal) return;
    // A line that fills the terminal wraps on some.
    const columns = this.stdout.columns() - 1;
    this.stdout.write(`${clearLine}${fitted(line(columns), columns)}`);
    this.shown = 'progress';
  }

  clearProgress(): void {
    if (this.shown === 'progress') this.stdout.write(clearLine);
    this.shown = 'nothing';
  }

  /** Without a line feed: what is answered stands beside it. On standard error where JSON is asked for. */
  prompt(text: string): void {
    this.clearProgress();
    (this.form === 'json' ? this.stderr : this.stdout).write(text);
  }

  get isTerminal(): boolean {
    return this.form === 'text' && this.stdout.isTerminal;
  }

  get columns(): number {
    return this.stdout.columns();
  }

  private write(output: Output, line: string): void {
    const columns = output.isTerminal ? output.columns() : Number.POSITIVE_INFINITY;
    for (const part of wrappedLines(printablePainted(line), columns)) output.write(`${part}\n`);
  }

  paint(colour: Colour, text: string): string {
    if (this.stdout.colours === 'no' || this.form === 'json') return text;
    const [on, off] = codes[colour];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }
}
