import { randomBytes, randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { freshHardwareId } from './hardware-id';
import { type Decode, type ReceivedFrame, ReceivedFrames, readFrame } from './received-frames';

export type TestDeviceOptions = {
  readonly subprotocol?: string;
  /** Reads binary frames; without it they are recorded as `unreadable`. */
  readonly decode?: Decode;
  /** Certificate in PEM form that a relay's must come from, in place of those that Node.js trusts. */
  readonly ca?: string;
  /** An address of this machine to connect from. */
  readonly localAddress?: string;
};

export type Closed = {
  readonly code: number;
  readonly reason: string;
};

type Fields = Record<string, unknown>;

const handshakeTimeoutMs = 15_000;
const closeTimeoutMs = 2_000;

/** A device without manners: says whatever a test wants, right or wrong, and remembers every frame that came back. */
export class TestDevice {
  /** What `register` and the payloads written here use; assign it to claim another id. */
  hardwareId = freshHardwareId();
  readonly closed: Promise<Closed>;
  /** That it dialled, with the port unless it is the scheme's: a proof of its key names it. */
  readonly host: string;
  private readonly socket: WebSocket;
  private readonly received = new ReceivedFrames();

  private constructor(url: string, { subprotocol, decode, ca, localAddress }: TestDeviceOptions) {
    this.host = new URL(url).host;
    this.socket = new WebSocket(url, subprotocol === undefined ? [] : [subprotocol], {
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      ca,
      localAddress,
    });
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.received.add(readFrame(data, isBinary ? 'binary' : 'text', decode));
    });
    // `close` follows and is what tests look at.
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.received.end(`before the connection closed with ${code} ${reason.toString()}`.trim());
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Resolves when the socket is open; the device is not registered yet. */
  static async connect(url: string, options: TestDeviceOptions = {}): Promise<TestDevice> {
    const device = new TestDevice(url, options);
    await new Promise<void>((resolve, reject) => {
      device.socket.once('open', resolve);
      device.socket.once('error', reject);
    });
    return device;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** What the server chose of the offered subprotocols; empty for none. */
  get subprotocol(): string {
    return this.socket.protocol;
  }

  /** Every frame that came on this connection, in order. */
  get frames(): readonly ReceivedFrame[] {
    return this.received.all;
  }

  /** Resolves with the RegisterResponse frame. */
  register(hardwareId = this.hardwareId, extra: Fields = {}): Promise<ReceivedFrame> {
    this.hardwareId = hardwareId;
    this.sendFrame({ type: 'Register', payload: { hardware_id: hardwareId, ...extra } });
    return this.next('RegisterResponse');
  }

  sendText(raw: string): void {
    this.socket.send(raw);
  }

  sendBinary(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** A ping of the WebSocket protocol, which is no message. */
  ping(): void {
    this.socket.ping();
  }

  /** And a pong that nobody asked for. */
  pong(): void {
    this.socket.pong();
  }

  sendFrame(frame: { type: string; payload?: unknown }): void {
    this.sendText(JSON.stringify(frame));
  }

  /** One text message in as many WebSocket fragments as it takes; characters may be cut in two. */
  sendFragments(text: string, fragmentBytes: number): void {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += fragmentBytes) {
      const end = start + fragmentBytes;
      this.socket.send(bytes.subarray(start, end), { binary: false, fin: end >= bytes.length });
    }
  }

  /** The beginning of a text frame, or more of it, and never its end. */
  sendPart(text: string): void {
    this.socket.send(text, { fin: false });
  }

  /** A whole and valid `Send` payload, with the fields given in place of its own. */
  message(recipientId: string, fields: Fields = {}): Fields & { message_id: string } {
    const encryptedData = fields.encrypted_data ?? randomBytes(48).toString('base64');
    return {
      recipient_id: recipientId,
      sender_id: this.hardwareId,
      encrypted_data: encryptedData,
      message_id: randomUUID(),
      timestamp: Math.floor(Date.now() / 1000),
      ttl: 60,
      signature: randomBytes(64).toString('base64'),
      hardware_id: this.hardwareId,
      content_type: 'Text',
      size_bytes: typeof encryptedData === 'string' ? Buffer.byteLength(encryptedData) : 0,
      ...fields,
    };
  }

  /** Returns the payload that it sent. */
  sendMessage(recipientId: string, fields: Fields = {}): Fields & { message_id: string } {
    const payload = this.message(recipientId, fields);
    this.sendFrame({ type: 'Send', payload });
    return payload;
  }

  ack(messageId: string): void {
    this.sendFrame({ type: 'Ack', payload: { message_id: messageId } });
  }

  /** Takes the next frame of the type that no earlier call took; fails with what did arrive instead. */
  next(type: string, { timeoutMs = 15_000 }: { timeoutMs?: number } = {}): Promise<ReceivedFrame> {
    return this.received.next(type, timeoutMs);
  }

  /** Stops reading from the network, so that the relay finds its socket full. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Resolves when the connection is closed; cuts it when the other side does not answer. */
  async close(code = 1000, reason = ''): Promise<Closed> {
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.terminate(), closeTimeoutMs);
    const closed = await this.closed;
    clearTimeout(timer);
    return closed;
  }

  /** Cuts the connection without a close frame, as a lost network does. */
  terminate(): void {
    this.socket.terminate();
  }
}
