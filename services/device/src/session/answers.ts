import type { World } from './world';

const mostCharacters = 1_000;

/** Reads what a person answers, a line at a time. In a terminal the line's editing, and Ctrl-C, stay the terminal's own. */
export class Answers {
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string | undefined) => void)[] = [];
  private text = '';
  private state: 'not begun' | 'reading' | 'ended' = 'not begun';

  constructor(private readonly stdin: World['stdin']) {}

  /** Undefined when there is nobody to answer, or it no longer matters. */
  line(signal?: AbortSignal): Promise<string | undefined> {
    this.begin();
    const next = this.lines.shift();
    if (next !== undefined || this.state === 'ended') return Promise.resolve(next);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      signal?.addEventListener('abort', () => this.giveUp(resolve), { once: true });
      if (signal?.aborted) this.giveUp(resolve);
    });
  }

  /** Lets the process end though its input is open. */
  close(): void {
    if (this.state === 'reading') this.stdin.pause();
    this.end();
  }

  private begin(): void {
    if (this.state !== 'not begun') return;
    this.state = 'reading';
    this.stdin.setEncoding('utf8');
    this.stdin.on('data', (text: string) => this.read(text));
    this.stdin.on('end', () => this.end());
    this.stdin.on('error', () => this.end());
  }

  private read(text: string): void {
    const lines = (this.text + text).split(/\r?\n/);
    this.text = (lines.pop() ?? '').slice(-mostCharacters);
    for (const line of lines) {
      const resolve = this.waiting.shift();
      if (resolve !== undefined) resolve(line);
      else if (this.lines.length < mostCharacters) this.lines.push(line);
    }
  }

  private giveUp(resolve: (line: string | undefined) => void): void {
    const at = this.waiting.indexOf(resolve);
    if (at >= 0) this.waiting.splice(at, 1);
    resolve(undefined);
  }

  private end(): void {
    this.state = 'ended';
    for (const resolve of this.waiting.splice(0)) resolve(undefined);
  }
}
