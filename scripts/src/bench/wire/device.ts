/** One device's connection: a WebSocket client that does no more than the load needs, since it must cost less than a relay. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { encodeFrame, encodeText, opcodes } from './frame';
import { frameReader } from './frame-reader';

const openTimeoutMs = 15_000;
const maxHandshakeBytes = 16_384;
const maxUnsentBytes = 16 * 1024 * 1024;
const normalClosure = Buffer.from([1000 >> 8, 1000 & 0xff]);
// Not sent by anyone, but what RFC 6455, section 7.4.1, calls these ends.
const noStatus = 1005;
const abnormalClosure = '1006';
// A process reads one chunk at a time, so one buffer serves all its sockets.
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

export abstract class Device {
  private readonly socket: Socket;
  private readonly readFrames = frameReader((opcode, bytes, start, end) => this.frame(opcode, bytes, start, end));
  private state: 'upgrading' | 'registering' | 'ready' | 'closed' = 'upgrading';
  private handshake = '';
  private opened: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(
    readonly hardwareId: string,
    port: number,
  ) {
    const onread = { buffer: readBuffer, callback: (size: number) => this.read(size) };
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    this.socket.on('connect', () => this.upgrade(port));
    this.socket.setTimeout(openTimeoutMs, () => this.end('no answer', `no registration within ${openTimeoutMs} ms`));
    this.socket.on('error', (error) => this.end(abnormalClosure, error.message));
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => this.end(abnormalClosure, 'the connection was closed'));
    }
  }

  /** Resolves when the relay has answered the registration. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.opened = { resolve, reject };
    });
  }

  isReady(): boolean {
    return this.state === 'ready';
  }

  /** The relay has not taken what was written before; a sender waits then. */
  isFull(): boolean {
    return this.socket.writableLength > maxUnsentBytes;
  }

  write(frames: Buffer): void {
    if (this.state === 'ready') this.socket.write(frames);
  }

  /** Says goodbye; what the relay does after it is not reported any more. */
  close(): void {
    if (this.state !== 'closed') this.socket.end(encodeFrame(opcodes.close, normalClosure));
    this.state = 'closed';
  }

  /** Ends without a word, as a lost network does (RST); not reported. */
  cut(): void {
    this.state = 'closed';
    this.socket.resetAndDestroy();
  }

  /** The bytes are only valid during the call. */
  protected abstract text(bytes: Buffer, start: number, end: number): void;
  /** All messages of one read were handed over: the moment to answer them in one write. */
  protected abstract readEnd(): void;
  /** The relay ended the connection of a registered device: a WebSocket close code, or what happened instead. */
  protected abstract lost(kind: string): void;

  private upgrade(port: number): void {
    const key = randomBytes(16).toString('base64');
    this.socket.write(
      `GET /relay HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  }

  private read(size: number): boolean {
    try {
      const chunk = readBuffer.subarray(0, size);
      if (this.state === 'upgrading') this.readHandshake(chunk);
      else if (this.state !== 'closed') this.readFrames(chunk);
    } catch (error) {
      this.end('protocol error', (error as Error).message);
    }
    this.readEnd();
    return true;
  }

  private readHandshake(chunk: Buffer): void {
    this.handshake += chunk.toString('latin1');
    const headerEnd = this.handshake.indexOf('\r\n\r\n');
    if (headerEnd < 0 && this.handshake.length < maxHandshakeBytes) return;
    if (headerEnd < 0 || !this.handshake.startsWith('HTTP/1.1 101')) {
      throw new Error(`the upgrade was answered "${this.handshake.split('\r\n', 1)[0]}"`);
    }
    this.state = 'registering';
    this.socket.write(encodeText(JSON.stringify({ type: 'Register', payload: { hardware_id: this.hardwareId } })));
    this.readFrames(Buffer.from(this.handshake.slice(headerEnd + 4), 'latin1'));
    this.handshake = '';
  }

  private frame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === opcodes.text) {
      if (this.state === 'registering') this.readRegistration(bytes.toString('utf8', start, end));
      else this.text(bytes, start, end);
    } else if (opcode === opcodes.ping) {
      this.socket.write(encodeFrame(opcodes.pong, bytes.subarray(start, end)));
    } else if (opcode === opcodes.close) {
      const code = end - start >= 2 ? bytes.readUInt16BE(start) : noStatus;
      this.end(String(code), `the relay closed it with ${code}`);
    }
  }

  private readRegistration(text: string): void {
    const { type } = JSON.parse(text) as { type?: unknown };
    if (type !== 'RegisterResponse') throw new Error(`the registration was answered ${text.slice(0, 200)}`);
    this.state = 'ready';
    this.socket.setTimeout(0);
    this.opened?.resolve();
  }

  /** @param kind what ends are counted by. */
  private end(kind: string, reason: string): void {
    const { state } = this;
    if (state === 'closed') return;
    this.state = 'closed';
    this.socket.destroy();
    if (state === 'ready') this.lost(kind);
    else this.opened?.reject(new Error(reason));
  }
}
