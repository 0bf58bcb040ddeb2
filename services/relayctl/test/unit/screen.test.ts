import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { TerminalScreen } from '../../src/top/terminal-screen';

/** The two streams of a terminal, which Node makes only where one is. */
class Terminal extends EventEmitter {
  columns = 10;
  rows = 2;
  written = '';
  raw = false;
  write(text: string): boolean {
    this.written += text;
    return true;
  }
  setRawMode(raw: boolean): void {
    this.raw = raw;
  }
  pause(): void {}
}

let terminal: Terminal;
let screen: TerminalScreen;
beforeEach(() => {
  terminal = new Terminal();
  screen = new TerminalScreen(terminal, terminal, 'no');
});

const ignore = () => undefined;
const listeners = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'].map((event) => process.listenerCount(event));

describe('the terminal', () => {
  test('is given back as it was, with nothing left behind', () => {
    const before = listeners();
    screen.open(ignore, ignore);
    expect(terminal.raw).toBe(true);
    expect(terminal.written).toBe('\u001b[?1049h\u001b[?25l');
    screen.close();
    screen.close();
    expect(terminal.raw).toBe(false);
    expect(terminal.written).toBe('\u001b[?1049h\u001b[?25l\u001b[?25h\u001b[?1049l');
    expect(listeners()).toEqual(before);
    expect(terminal.eventNames()).toEqual([]);
  });

  test('is filled no further than its size', () => {
    screen.open(ignore, ignore);
    terminal.written = '';
    screen.draw(['first line that is long', 'second', 'third'].map((text) => [{ text }]));
    screen.close();
    expect(terminal.written).toContain('\u001b[Hfirst line\u001b[K\r\nsecond\u001b[K\u001b[J');
    expect(terminal.written).not.toContain('third');
  });

  test.each(['q', 'Q', '\u0003', 'xq'])('is left by the key %j', (keys) => {
    let left = 0;
    screen.open(() => {
      left += 1;
    }, ignore);
    terminal.emit('data', Buffer.from('x\u001b[A'));
    expect(left).toBe(0);
    terminal.emit('data', Buffer.from(keys));
    screen.close();
    expect(left).toBe(1);
  });
});
