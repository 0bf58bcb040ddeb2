import type { Socket } from 'node:net';

/** Far more than the longest text that is sent. */
const mostBytes = 4 * 1024 * 1024;

export type Line = Readonly<Record<string, unknown>>;

/** One JSON object a line over a local socket. */
export class JsonLines {
  private text = '';

  /** @param onLine called in order; @param onEnd called once, also when the other side was killed or talks nonsense */
  constructor(
    private readonly socket: Socket,
    onLine: (line: Line) => void,
    onEnd: () => void,
  ) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.read(text, onLine));
    socket.on('error', () => {}); // `close` follows
    socket.once('close', onEnd);
  }

  send(line: Line): void {
    if (!this.socket.writable) return;
    this.socket.write(`${JSON.stringify(line)}\n`);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private read(text: string, onLine: (line: Line) => void): void {
    const lines = (this.text + text).split('\n');
    this.text = lines.pop() ?? '';
    for (const each of lines) {
      const line = lineOf(each);
      if (line === undefined) {
        this.destroy();
        return;
      }
      onLine(line);
    }
    if (this.text.length > mostBytes) this.destroy();
  }
}

function lineOf(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
