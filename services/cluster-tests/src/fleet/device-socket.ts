import WebSocket from 'ws';
import { type Encoding, type Frame, readFrame, subprotocols, writeFrame } from './frame-codec';

export type DeviceSocketOptions = {
  readonly encoding: Encoding;
  readonly handshakeTimeoutMs: number;
  /** How often the other side is asked whether it lives; one that has not answered by the next time is left. */
  readonly heartbeatMs: number;
  readonly onFrame: (frame: Frame) => void;
};

/** A WebSocket that speaks frames and notices when nobody answers any more, as a device in the field must. */
export class DeviceSocket {
  /** Resolves with the close code; 1006 when the connection was cut. */
  readonly closed: Promise<number>;
  private isAnswered = true;

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: DeviceSocketOptions,
  ) {
    const { encoding, heartbeatMs, onFrame } = options;
    socket.on('message', (data: Buffer, isBinary) => onFrame(readFrame(encoding, data, isBinary)));
    socket.on('pong', () => {
      this.isAnswered = true;
    });
    const heart = setInterval(() => this.beat(), heartbeatMs);
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        clearInterval(heart);
        resolve(code);
      });
    });
  }

  /** Rejects when nobody takes the connection in time. */
  static async open(url: string, options: DeviceSocketOptions): Promise<DeviceSocket> {
    const { encoding, handshakeTimeoutMs: handshakeTimeout } = options;
    const socket = new WebSocket(url, subprotocols[encoding], { handshakeTimeout, perMessageDeflate: false });
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    // Later ones are followed by `close`, and that is what counts.
    socket.on('error', () => undefined);
    const device = new DeviceSocket(socket, options);
    await opened;
    return device;
  }

  private beat(): void {
    if (this.socket.readyState === WebSocket.CONNECTING) return;
    if (!this.isAnswered || this.socket.readyState !== WebSocket.OPEN) {
      this.cut(); // a close frame that nobody answers within a beat counts as one, too
      return;
    }
    this.isAnswered = false;
    this.socket.ping();
  }

  send(type: string, payload: object): void {
    this.socket.send(writeFrame(this.options.encoding, type, payload));
  }

  /** Reads nothing until `resume`; what comes waits in the buffers of both sides. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.close(1000);
  }

  /** As a lost network does: without a close frame. */
  cut(): void {
    this.socket.terminate();
  }
}
