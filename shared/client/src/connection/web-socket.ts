/** What is needed of a WebSocket: the browser's own and that of the `ws` package both fit. */
export type WebSocketLike = {
  readonly readyState: number;
  /** What the server chose of the offered subprotocols; empty for none. */
  readonly protocol: string;
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Of `ws`: ends it without a close frame. */
  terminate?(): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: Closed) => void): void;
};

export type WebSocketConstructor = new (url: string, subprotocols: string[]) => WebSocketLike;

/** Close codes are those of RFC 6455, and the relay's own from 4000 (RESPONSES.md: Close codes). */
export type Closed = {
  readonly code: number;
  readonly reason: string;
};

export const openState = 1;

export function platformWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { readonly WebSocket?: WebSocketConstructor };
  if (WebSocket === undefined) {
    throw new TypeError('There is no global WebSocket here: pass one as the option WebSocket, for example that of ws.');
  }
  return WebSocket;
}
