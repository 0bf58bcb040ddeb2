import { type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import { type Codec, codecOf, type Frame } from './frames/codec';
import type { Payload } from './frames/messages';
import { RelayError } from './relay-error';
import { type Closed, openState, type WebSocketConstructor, type WebSocketLike } from './web-socket';

/** 1006 is what a WebSocket reports when no close frame came. */
const abandonedCode = 1006;
const closeTimeoutMs = 2_000;

export type FrameSocketEvents = {
  opened(): void;
  /** Undefined for what is no frame. */
  frame(frame: Frame | undefined): void;
  /** What to tell those who still wait for an answer. */
  closed(error: RelayError): void;
};

/** A WebSocket that carries frames `{"type", "payload"}`. */
export class FrameSocket {
  /** Resolves once, also when the other side never answers a close frame; never rejects. */
  readonly closed: Promise<Closed>;
  private readonly socket: WebSocketLike;
  private readonly codec: Codec;
  private settleClosed: (closed: Closed) => void = () => {};
  private isClosed = false;
  private lost = 'could not be reached';

  constructor(
    Socket: WebSocketConstructor,
    private readonly url: string,
    encoding: Encoding,
    events: FrameSocketEvents,
  ) {
    this.codec = codecOf(encoding);
    this.socket = new Socket(url, encoding === 'msgpack' ? [messagePackSubprotocol] : []);
    this.socket.binaryType = 'arraybuffer';
    this.closed = new Promise((resolve) => {
      this.settleClosed = (closed) => {
        if (this.isClosed) return;
        this.isClosed = true;
        // First, so that who waits for the end knows of it before those whose questions end with it.
        resolve(closed);
        events.closed(this.errorOf(closed));
      };
    });
    this.socket.addEventListener('open', () => {
      this.lost = 'closed the connection';
      if (!this.isClosed) events.opened();
    });
    this.socket.addEventListener('message', ({ data }) => {
      if (!this.isClosed) events.frame(this.codec.decode(data));
    });
    this.socket.addEventListener('close', ({ code, reason }) => this.settleClosed({ code, reason }));
    // `close` follows and says more; without a listener, `ws` would throw.
    this.socket.addEventListener('error', () => {});
  }

  /** Throws a RelayError `closed` when the socket is not open. */
  write(type: string, payload?: Payload): void {
    if (this.isClosed || this.socket.readyState !== openState) {
      throw new RelayError('closed', `The connection is closed: ${type} was not sent`);
    }
    this.socket.send(this.codec.encode(type, payload) as string | Uint8Array<ArrayBuffer>);
  }

  close(code: number, reason: string): Promise<Closed> {
    this.socket.close(code, reason);
    const timer = setTimeout(
      () => this.settleClosed({ code: abandonedCode, reason: 'no answer to the close frame' }),
      closeTimeoutMs,
    );
    void this.closed.then(() => clearTimeout(timer));
    return this.closed;
  }

  /** Is closed at once, for a connection that nothing comes through any more. @param why ends up in errors */
  abandon(why: string): void {
    this.settleClosed({ code: abandonedCode, reason: why });
    if (this.socket.terminate === undefined) this.socket.close(1000, '');
    else this.socket.terminate();
  }

  private errorOf({ code, reason }: Closed): RelayError {
    const why = reason === '' ? `${code}` : `${code}, ${reason}`;
    return new RelayError('closed', `${this.url} ${this.lost} (${why})`);
  }
}
