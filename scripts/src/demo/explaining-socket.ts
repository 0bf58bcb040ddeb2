import type { WebSocketConstructor } from '@openrelay/client';
import WebSocket from 'ws';

/** A `WebSocket` for one connection, and what kept it from being opened: to its user all reasons are close code 1006. */
export function explainingSocket(url: string): {
  Socket: WebSocketConstructor;
  explained: (error: unknown) => unknown;
} {
  let failure: string | undefined;
  class ExplainingSocket extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocols);
      this.once('error', (error: NodeJS.ErrnoException) => {
        failure = reasonOf(error);
      });
    }
  }
  const explained = (error: unknown) =>
    failure === undefined ? error : new Error(`${url} could not be reached: ${failure}`);
  return { Socket: ExplainingSocket, explained };
}

/** A name with several addresses fails with a code alone; an answer that is no WebSocket, with a sentence alone. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const [, status] = /^Unexpected server response: (\d+)$/.exec(message) ?? [];
  if (status === '404') return '404: is the path /relay?';
  return status ?? (message || code || 'the connection failed');
}
