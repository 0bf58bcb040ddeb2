import type { HttpResponse, us_listen_socket, WebSocket } from 'uWebSockets.js';
import { closeCodes, type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import type { Listener, Page, Pages, Socket, Transport, TransportOptions } from './transport';
import { loadUws } from './uws';

type UserData<Peer> = { encoding: Encoding; peer: Peer | undefined };

const dropped = 2;
/** Two processes on one port would otherwise share it unseen (SO_REUSEPORT). */
const exclusivePort = 1;
const sharedPort = 0;

class UwsSocket<Peer> implements Socket {
  constructor(
    private readonly ws: WebSocket<UserData<Peer>>,
    private readonly binary: boolean,
  ) {}

  send(frame: string | Uint8Array): 'taken' | 'dropped' {
    return this.ws.send(frame, this.binary) === dropped ? 'dropped' : 'taken';
  }

  corked(sendAll: () => void): void {
    this.ws.cork(sendAll);
  }

  bufferedBytes(): number {
    return this.ws.getBufferedAmount();
  }

  close(code: keyof typeof closeCodes, reason: string): void {
    this.ws.end(closeCodes[code].code, reason);
  }
}

function offersMessagePack(subprotocols: string): boolean {
  return subprotocols.split(',').some((name) => name.trim() === messagePackSubprotocol);
}

const statusLines = { 200: '200 OK', 404: '404 Not Found', 503: '503 Service Unavailable' } as const;

function respond(response: HttpResponse, page: Page): void {
  response.writeStatus(statusLines[page.status]);
  response.writeHeader('Content-Type', page.contentType).writeHeader('Cache-Control', 'no-store');
  response.end(page.body);
}

/** The library wants an answer or an abort handler before the handler returns, and no answer after an abort. */
async function answer(response: HttpResponse, page: () => Page | Promise<Page>): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const found = await page();
  if (!aborted) response.cork(() => respond(response, found));
}

const failed: Page = { status: 503, contentType: 'text/plain', body: 'This page failed; the log says why.\n' };

/** uWebSockets.js behind the port. Every option that would abort the process was checked with the settings. */
export function createUwsTransport<Peer>(
  options: TransportOptions,
  listener: Listener<Peer>,
  pages: Pages,
  onError: (error: unknown) => void,
): Transport {
  const { uws, name } = loadUws();
  const app = uws.App();
  let listening: us_listen_socket | undefined;

  const peerOf = (ws: WebSocket<UserData<Peer>>): Peer => ws.getUserData().peer as Peer;

  app.ws<UserData<Peer>>('/relay', {
    compression: uws.DISABLED,
    // A frame somewhat too large is taken whole, so that its sender gets a close code and not just a cut connection.
    maxPayloadLength: 2 * options.maxFrameBytes,
    maxBackpressure: options.maxBufferedBytes,
    idleTimeout: options.idleTimeoutSeconds,
    sendPingsAutomatically: true,
    upgrade(response, request, context) {
      const packed = offersMessagePack(request.getHeader('sec-websocket-protocol'));
      response.upgrade<UserData<Peer>>(
        { encoding: packed ? 'msgpack' : 'json', peer: undefined },
        request.getHeader('sec-websocket-key'),
        packed ? messagePackSubprotocol : '',
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    },
    open(ws) {
      const data = ws.getUserData();
      data.peer = listener.opened(new UwsSocket(ws, data.encoding === 'msgpack'), data.encoding);
    },
    message: (ws, message, isBinary) => listener.frame(peerOf(ws), message, isBinary ? 'binary' : 'text'),
    ping: (ws) => listener.pinged(peerOf(ws)),
    drain: (ws) => listener.drained(peerOf(ws)),
    close: (ws) => listener.closed(peerOf(ws)),
  });

  for (const [path, page] of Object.entries(pages)) {
    app.get(path, (response) => {
      answer(response, async () => {
        try {
          return await page();
        } catch (error) {
          onError(error);
          return failed;
        }
      }).catch(onError);
    });
  }
  app.any('/*', (response) => {
    respond(response, { status: 404, contentType: 'text/plain', body: 'Devices connect to /relay by WebSocket.\n' });
  });

  return {
    name,
    listen(address, port) {
      return new Promise((resolve, reject) => {
        const opened = (socket: us_listen_socket | false) => {
          if (!socket) {
            reject(
              new Error(
                `Port ${port} on ${address} cannot be opened: another process has it, or the address is not this machine's.`,
              ),
            );
            return;
          }
          listening = socket;
          resolve(uws.us_socket_local_port(socket));
        };
        // The library takes a host and options together; its types know only one or the other.
        const { listen } = app as unknown as { listen: (this: typeof app, ...all: unknown[]) => void };
        listen.call(app, address, port, options.sharePort ? sharedPort : exclusivePort, opened);
      });
    },
    stopListening() {
      if (listening) uws.us_listen_socket_close(listening);
      listening = undefined;
    },
  };
}
