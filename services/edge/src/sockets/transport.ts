import type { CloseCode, Encoding } from '@openrelay/protocol';

/** A device's socket, in our nouns. After `Listener.closed` no method may be called. */
export type Socket = {
  /** Writes one frame: text for a JSON device, binary for a MessagePack device. `dropped`: it will never arrive. */
  send(frame: string | Uint8Array): 'taken' | 'dropped';
  /** Makes one write to the kernel of all frames sent inside. */
  corked(sendAll: () => void): void;
  /** Bytes that wait for the peer to read. */
  bufferedBytes(): number;
  /** Sends a WebSocket ping, which the peer answers with the same text. */
  ping(text: string): void;
  close(code: CloseCode, reason: string): void;
  /** Ends the connection without a word, and lets go of all that was read of it and written. */
  cut(): void;
};

/** A device should come back, here or elsewhere, no sooner than after `retryAfterSeconds`. */
export type NotTaken = { readonly text: string; readonly retryAfterSeconds: number };

/** What the edge is told. `Peer` is whatever the edge keeps of a connection. */
export type Listener<Peer> = {
  /** Takes one connection more, or says why not. Asked before anything of the request is read. */
  admit(): 'taken' | NotTaken;
  /** `host` is the one that the device says it dialled, in lower case; '' if it says none. */
  opened(socket: Socket, encoding: Encoding, host: string): Peer;
  /** `bytes` is valid only until this returns. `kind` says which sort of WebSocket frame it was. */
  frame(peer: Peer, bytes: ArrayBuffer, kind: 'text' | 'binary'): void;
  /** A WebSocket ping arrived; the transport has answered it. */
  pinged(peer: Peer): void;
  /** The peer has answered a ping, the transport's own among them. */
  ponged(peer: Peer, text: string): void;
  /** The peer has read some of what was buffered. */
  drained(peer: Peer): void;
  closed(peer: Peer): void;
  /** One of these has thrown; its connection is being closed with 1011. */
  failed(error: unknown): void;
};

/** A request's headers by their names in lower case. The values of a header on several lines are one list, with commas. */
export type Headers = ReadonlyMap<string, string>;

export type Page = {
  status: 200 | 304 | 308 | 400 | 403 | 404 | 426 | 503;
  contentType: string;
  body: string | Uint8Array;
  /** Without a `Cache-Control` here nobody may keep it. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** What becomes of the connection; without it, it may be used on. */
  connection?: 'closed';
};

/** Answers `GET path`, and `HEAD path` without the body; resolves in bounded time. */
export type Pages = Readonly<Record<string, (headers: Headers) => Page | Promise<Page>>>;

/** Which web pages may connect. Browsers alone send an Origin, which no page can change. */
export type OriginRule = {
  /** Hosts; none: pages of all may. */
  readonly listed: readonly string[];
  /** Whether a page that this edge served itself may, whatever is listed: at any host that was dialled, at one of these, or not. */
  readonly own: 'any host' | 'no' | readonly string[];
};

export type Transport = {
  /** Name and version for people. */
  readonly name: string;
  /** Opens the port and answers which it is. @throws Error in one sentence when it cannot be opened */
  listen(address: string, port: number): Promise<number>;
  /** New connections are shown what is in the certificate's files now; those that are open live on. @throws Error in one sentence, having changed nothing */
  renewCertificate(): void;
  /** Connections are refused by the system until listening is resumed. */
  pauseListening(): void;
  /** Does nothing unless listening is paused. @throws Error in one sentence, as `listen` does */
  resumeListening(): void;
  /** Takes no more connections; those that are open live on. */
  stopListening(): void;
};

/** Paths of a certificate, those of its issuers after it, and of its private key, all in PEM form. */
export type CertificateFiles = { certificate: string; key: string };

export type TransportOptions = {
  maxFrameBytes: number;
  idleTimeoutSeconds: number;
  /** Bytes above which the library would drop frames; the edge stays well below. */
  maxBufferedBytes: number;
  sharePort: boolean;
  origins: OriginRule;
  /** With one, nothing but TLS is spoken. */
  certificate: CertificateFiles | undefined;
};
