import { RelayError } from './relay-error';
import { type Closed, openState, type WebSocketConstructor, type WebSocketLike } from './web-socket';

/** 1006 is what a WebSocket reports when no close frame came. */
const abandoned: Closed = { code: 1006, reason: 'no answer to the close frame' };
const closeTimeoutMs = 2_000;

export type ConnectionEvents = {
  opened(): void;
  frame(data: unknown): void;
  /** What to tell those who still wait for an answer. */
  closed(error: RelayError): void;
};

/** A WebSocket that carries frames `{"type", "payload"}`. */
export class Connection {
  /** Resolves once, also when the other side never answers a close frame; never rejects. */
  readonly closed: Promise<Closed>;
  private readonly socket: WebSocketLike;
  private settleClosed: (closed: Closed) => void = () => {};
  private lost = 'could not be reached';

  constructor(Socket: WebSocketConstructor, url: string, events: ConnectionEvents) {
    this.socket = new Socket(url);
    this.closed = new Promise((resolve) => {
      this.settleClosed = resolve;
    });
    void this.closed.then(({ code, reason }) => {
      const why = reason === '' ? `${code}` : `${code}, ${reason}`;
      events.closed(new RelayError('closed', `${url} ${this.lost} (${why})`));
    });
    this.socket.addEventListener('open', () => {
      this.lost = 'closed the connection';
      events.opened();
    });
    this.socket.addEventListener('message', (event) => events.frame(event.data));
    this.socket.addEventListener('close', ({ code, reason }) => this.settleClosed({ code, reason }));
    // `close` follows and says more; without a listener, `ws` would throw.
    this.socket.addEventListener('error', () => {});
  }

  /** `payload` is JSON text. Throws a RelayError `closed` when the socket is not open. */
  write(type: string, payload?: string): void {
    if (this.socket.readyState !== openState) {
      throw new RelayError('closed', `The connection is closed: ${type} was not sent`);
    }
    this.socket.send(payload === undefined ? `{"type":"${type}"}` : `{"type":"${type}","payload":${payload}}`);
  }

  close(code: number, reason: string): Promise<Closed> {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.settleClosed(abandoned), closeTimeoutMs);
    void this.closed.then(() => clearTimeout(timer));
    return this.closed;
  }
}
