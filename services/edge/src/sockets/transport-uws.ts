import { closeCodes, type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import { loadUws, type Uws } from '@openrelay/uws';
import type {
  CertificateFiles,
  Listener,
  NotTaken,
  Page,
  Pages,
  Socket,
  Transport,
  TransportOptions,
} from './transport';
import { judgeUpgrade } from './upgrade-request';
import { addPages, headersOf, outlive, respond } from './uws-pages';
import { UwsPort } from './uws-port';

type UserData<Peer> = { encoding: Encoding; host: string; peer: Peer | undefined };

const dropped = 2;
/** For TLS 1.2: only ciphers with forward secrecy and authenticated encryption, as all of TLS 1.3 are. */
const tls12Ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20';

class UwsSocket<Peer> implements Socket {
  constructor(
    private readonly ws: Uws.WebSocket<UserData<Peer>>,
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

  ping(text: string): void {
    this.ws.ping(text);
  }

  close(code: keyof typeof closeCodes, reason: string): void {
    this.ws.end(closeCodes[code].code, reason);
  }

  cut(): void {
    this.ws.close();
  }
}

/** The proxy in front, if there is one, may try another edge. */
function refusal({ text, retryAfterSeconds }: NotTaken): Page {
  const headers = { 'Retry-After': `${retryAfterSeconds}` };
  return { status: 503, contentType: 'text/plain', body: `${text}\n`, headers, connection: 'closed' };
}

/** After a handler has thrown. */
function closeFailed(ws: Uws.WebSocket<unknown>): void {
  try {
    ws.end(closeCodes.failed.code, 'the relay failed');
  } catch {
    // It was closed before the handler threw.
  }
}

function upgrade<Peer>(
  response: Uws.HttpResponse,
  request: Uws.HttpRequest,
  context: Uws.us_socket_context_t,
  { options, listener }: { options: TransportOptions; listener: Listener<Peer> },
): void {
  outlive(response);
  const refuse = (page: Page) => void respond(response, () => page).catch((error) => listener.failed(error));
  const admitted = listener.admit();
  if (admitted !== 'taken') {
    refuse(refusal(admitted));
    return;
  }
  const judged = judgeUpgrade(headersOf(request), options.origins);
  if (judged.status === 'wrong') {
    refuse(judged.page);
    return;
  }
  const { encoding, host, key, extensions } = judged;
  const subprotocol = encoding === 'msgpack' ? messagePackSubprotocol : '';
  response.upgrade<UserData<Peer>>({ encoding, host, peer: undefined }, key, subprotocol, extensions, context);
}

function relayOf<Peer>(options: TransportOptions, listener: Listener<Peer>): Uws.WebSocketBehavior<UserData<Peer>> {
  type Ws = Uws.WebSocket<UserData<Peer>>;
  const peerOf = (ws: Ws): Peer => ws.getUserData().peer as Peer;
  /** A handler that throws closes its own connection; the edge goes on. */
  const guarded =
    <Given extends unknown[]>(handle: (ws: Ws, ...given: Given) => void) =>
    (ws: Ws, ...given: Given): void => {
      try {
        handle(ws, ...given);
      } catch (error) {
        listener.failed(error);
        closeFailed(ws);
      }
    };
  return {
    // A frame that is a little too large is read whole: its sender gets a close code, and not just a cut connection.
    maxPayloadLength: 2 * options.maxFrameBytes,
    maxBackpressure: options.maxBufferedBytes,
    idleTimeout: options.idleTimeoutSeconds,
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => upgrade(response, request, context, { options, listener }),
    open: guarded((ws) => {
      const data = ws.getUserData();
      data.peer = listener.opened(new UwsSocket(ws, data.encoding === 'msgpack'), data.encoding, data.host);
    }),
    message: guarded((ws, bytes: ArrayBuffer, isBinary: boolean) => {
      listener.frame(peerOf(ws), bytes, isBinary ? 'binary' : 'text');
    }),
    ping: guarded((ws) => listener.pinged(peerOf(ws))),
    pong: guarded((ws, text: ArrayBuffer) => listener.ponged(peerOf(ws), Buffer.from(text).toString())),
    drain: guarded((ws) => listener.drained(peerOf(ws))),
    close(ws) {
      try {
        if (ws.getUserData().peer !== undefined) listener.closed(peerOf(ws));
      } catch (error) {
        listener.failed(error);
      }
    },
  };
}

/** The library reads the files here and never again. @throws Error in one sentence when it cannot use them */
function bareApp(uws: typeof Uws, files: CertificateFiles | undefined): Uws.TemplatedApp {
  if (!files) return uws.App();
  const { certificate, key } = files;
  try {
    return uws.SSLApp({ cert_file_name: certificate, key_file_name: key, ssl_ciphers: tls12Ciphers });
  } catch {
    throw new Error(
      `The certificate in ${certificate} with the key in ${key} is of a kind that cannot be used here: use an ECDSA key (P-256) or an RSA key (2048 bits).`,
    );
  }
}

/** uWebSockets.js behind the port. Every option that would abort the process was checked with the settings. */
export function createUwsTransport<Peer>(
  options: TransportOptions,
  listener: Listener<Peer>,
  pages: Pages,
  onError: (error: unknown) => void,
): Transport {
  const { uws, name } = loadUws();
  const { certificate, sharePort } = options;
  const port = new UwsPort(uws, sharePort ? 'shared' : 'exclusive');

  const makeApp = (): Uws.TemplatedApp => {
    const made = bareApp(uws, certificate);
    made.ws('/relay', { compression: uws.DISABLED, ...relayOf(options, listener) });
    addPages(made, pages, onError);
    return made;
  };
  let app = makeApp();

  return {
    name,
    async listen(address, number) {
      const place = { address, port: number };
      return certificate ? port.openHandable(app, place) : port.open(app, place);
    },
    renewCertificate() {
      app = makeApp();
      port.handOver(app);
    },
    pauseListening: () => port.pause(),
    resumeListening: () => port.resume(),
    stopListening: () => port.close(),
  };
}
