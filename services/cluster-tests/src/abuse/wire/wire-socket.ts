import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { messageIn, type ServerFrame, takeFrames, writeFrame } from './wire-frames';

export type Place = { readonly host: string; readonly port: number };

export type WireOptions = {
  /** Whom it comes from; the system's choice when absent. All of 127.0.0.0/8 will do on Linux. */
  readonly address?: string | undefined;
  /** Header lines beyond those of every upgrade. */
  readonly headers?: readonly string[];
  /** Whether it answers the edge's pings; default 'answered'. */
  readonly pings?: 'answered' | 'ignored';
};

/** The upgrade was answered otherwise; status 0: with nothing, and the connection was cut. */
export class UpgradeRefused extends Error {
  constructor(readonly status: number) {
    super(`The upgrade was refused: ${status}.`);
  }
}

const handshakeMs = 15_000;
/** The close code of a connection that ended without one. */
const cutCode = 1006;

/** A WebSocket that may write anything at any time, in bytes, and costs little: attacks open thousands of them. */
export class WireSocket {
  /** Resolves with the close code; 1006 when there was none. */
  readonly closed: Promise<number>;
  onText: (text: string) => void = () => undefined;
  isOpen = true;
  /** Header lines of the edge's answer to the upgrade, in lower case. */
  answer = '';
  private rest: Buffer = Buffer.alloc(0);
  private code = cutCode;

  private constructor(
    private readonly socket: Socket,
    private readonly options: WireOptions,
  ) {
    socket.on('error', () => undefined); // `close` follows
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isOpen = false;
        resolve(this.code);
      });
    });
  }

  /** Rejects with UpgradeRefused when there is no WebSocket. */
  static async open(place: Place, options: WireOptions = {}): Promise<WireSocket> {
    const { address, headers = [] } = options;
    const socket = connect({ ...place, ...(address === undefined ? {} : { localAddress: address }), noDelay: true });
    const wire = new WireSocket(socket, options);
    socket.write(upgradeRequest(place, headers));
    await wire.upgraded();
    return wire;
  }

  /** What came from the network, with the answer to the upgrade. */
  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  text(text: string): boolean {
    return this.raw(writeFrame(1, Buffer.from(text)));
  }

  /** Any bytes; false: the system's buffer is full. */
  raw(bytes: Uint8Array): boolean {
    return this.isOpen && this.socket.write(bytes);
  }

  /** Resolves when there is room again, or the connection is gone. */
  async drained(): Promise<void> {
    if (!this.socket.writableNeedDrain) return;
    await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
  }

  /** The close code, or `no` when the connection is still open by then. */
  closedWithin(milliseconds: number): Promise<number | 'no'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'no'>((resolve) => {
      timer = setTimeout(() => resolve('no'), milliseconds);
    });
    return Promise.race([this.closed, late]).finally(() => clearTimeout(timer));
  }

  pause(): void {
    this.socket.pause();
  }

  /** Ends its half of the connection, and keeps the other. */
  halfClose(): void {
    this.socket.end();
  }

  /** Cuts the connection with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private upgraded(): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (status: number) => {
        clearTimeout(timer);
        this.socket.resetAndDestroy();
        reject(new UpgradeRefused(status));
      };
      const timer = setTimeout(() => refuse(0), handshakeMs);
      const onClose = () => refuse(0);
      this.socket.once('close', onClose);
      const onData = (bytes: Buffer) => {
        this.rest = Buffer.concat([this.rest, bytes]);
        const end = this.rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        this.socket.off('data', onData);
        this.socket.off('close', onClose);
        this.answer = this.rest.toString('latin1', 0, end).toLowerCase();
        const status = Number(this.answer.split(' ', 2)[1]);
        if (status !== 101) return refuse(status);
        clearTimeout(timer);
        this.rest = this.rest.subarray(end + 4);
        this.socket.on('data', (more: Buffer) => this.read(more));
        resolve();
        // What came with the answer, once the caller listens.
        setImmediate(() => this.read(Buffer.alloc(0)));
      };
      this.socket.on('data', onData);
    });
  }

  private read(bytes: Buffer): void {
    const { frames, rest } = takeFrames(this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]));
    this.rest = rest;
    for (const frame of frames) this.heed(frame);
  }

  private heed(frame: ServerFrame): void {
    const kind = messageIn(frame);
    if (kind === 'text') this.onText(frame.payload.toString());
    else if (kind === 'ping' && this.options.pings !== 'ignored') this.raw(writeFrame(10, frame.payload));
    else if (kind === 'close') {
      this.code = frame.payload.length < 2 ? cutCode : frame.payload.readUInt16BE(0);
      this.socket.destroy();
    }
  }
}

function upgradeRequest({ host, port }: Place, headers: readonly string[]): string {
  const lines = [
    'GET /relay HTTP/1.1',
    `Host: ${host}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
