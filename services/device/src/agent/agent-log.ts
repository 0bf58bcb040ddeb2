import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';
import { printableLine } from '../terminal/printable';

const mostBytes = 1024 * 1024;

/** The agent's log: a line for each sentence with its time. Beyond a megabyte it begins anew, and keeps the last one as `.1`. */
export class AgentLog {
  constructor(
    private readonly file: string,
    private readonly now: () => number,
  ) {}

  /** Never throws: a full disk must not end the agent. */
  write(sentence: string): void {
    try {
      this.turn();
      const line = `${new Date(this.now()).toISOString()} ${printableLine(sentence.replace(/\s*\n\s*/g, ' '))}\n`;
      appendFileSync(this.file, line, { mode: 0o600 });
    } catch {
      // There is nowhere to say it.
    }
  }

  private turn(): void {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size < mostBytes) return;
    renameSync(this.file, `${this.file}.1`);
    chmodSync(`${this.file}.1`, 0o600);
  }
}
