import type { Closed, WebSocketLike } from '../../src/index';

type Listener = (event: never) => void;

/** The other end of a device's connection: a test says what the relay says and reads what the device wrote. */
export class FakeWebSocket implements WebSocketLike {
  static readonly made: FakeWebSocket[] = [];
  readyState = 0;
  readonly protocol = '';
  binaryType = '';
  readonly written: { type: string; payload: Record<string, unknown> }[] = [];
  readonly texts: string[] = [];
  private readonly listeners = new Map<string, Listener[]>();

  constructor(readonly url: string) {
    FakeWebSocket.made.push(this);
  }

  static latest(): FakeWebSocket {
    return FakeWebSocket.made.at(-1)!;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }

  send(text: string | Uint8Array): void {
    this.texts.push(String(text));
    this.written.push(JSON.parse(String(text)));
  }

  close(code = 1005, reason = ''): void {
    this.end({ code, reason });
  }

  accept(): void {
    this.readyState = 1;
    this.emit('open', {});
  }

  say(type: string, payload?: object): void {
    this.sayText(JSON.stringify({ type, payload }));
  }

  sayText(data: string): void {
    this.emit('message', { data });
  }

  end(closed: Closed): void {
    if (this.readyState !== 3) {
      this.readyState = 3;
      this.emit('close', closed);
    }
  }

  writtenOf(type: string): Record<string, unknown>[] {
    return this.written.filter((frame) => frame.type === type).map((frame) => frame.payload);
  }

  private emit(type: string, event: object): void {
    for (const listener of this.listeners.get(type) ?? []) {
      listener(event as never);
    }
  }
}
