import { closeCodes, type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import { loadUws, type Uws } from '@openrelay/uws';
import type { CertificateFiles, Listener, Pages, Socket, Transport, TransportOptions } from './transport';
import { judgeUpgrade } from './upgrade-request';
import { addPages, headersOf, respond } from './uws-pages';
import { UwsPort } from './uws-port';

type UserData<Peer> = { encoding: Encoding; peer: Peer | undefined };

const dropped = 2;
/** For TLS 1.2: forward secrecy and authenticated encryption alone. Those of TLS 1.3 are all so. */
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
}

function relayOf<Peer>(options: TransportOptions, listener: Listener<Peer>): Uws.WebSocketBehavior<UserData<Peer>> {
  const peerOf = (ws: Uws.WebSocket<UserData<Peer>>): Peer => ws.getUserData().peer as Peer;
  return {
    // A frame somewhat too large is taken whole, so that its sender gets a close code and not just a cut connection.
    maxPayloadLength: 2 * options.maxFrameBytes,
    maxBackpressure: options.maxBufferedBytes,
    idleTimeout: options.idleTimeoutSeconds,
    sendPingsAutomatically: true,
    upgrade(response, request, context) {
      const judged = judgeUpgrade(headersOf(request));
      if (judged.status === 'wrong') {
        respond(response, judged.page);
        return;
      }
      const { encoding, key, extensions } = judged;
      const subprotocol = encoding === 'msgpack' ? messagePackSubprotocol : '';
      response.upgrade<UserData<Peer>>({ encoding, peer: undefined }, key, subprotocol, extensions, context);
    },
    open(ws) {
      const data = ws.getUserData();
      data.peer = listener.opened(new UwsSocket(ws, data.encoding === 'msgpack'), data.encoding);
    },
    message: (ws, message, isBinary) => listener.frame(peerOf(ws), message, isBinary ? 'binary' : 'text'),
    ping: (ws) => listener.pinged(peerOf(ws)),
    pong: (ws, text) => listener.ponged(peerOf(ws), Buffer.from(text).toString()),
    drain: (ws) => listener.drained(peerOf(ws)),
    close: (ws) => listener.closed(peerOf(ws)),
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
    stopListening: () => port.close(),
  };
}
