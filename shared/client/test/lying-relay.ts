import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

type Payload = Record<string, unknown>;
export type Heard = { readonly type: string; readonly payload: Payload };
/** Of one connection, in JSON. */
export type Visitor = {
  readonly id: string;
  say(type: string, payload?: Payload): void;
  close(code: number, reason?: string): void;
  /** Without a close frame. */
  cut(): void;
};

export type Lies = {
  /** Instead of a RegisterResponse; answers false to send that as ever. */
  register?(visitor: Visitor, payload: Payload): boolean;
  send?(visitor: Visitor, payload: Payload): void;
  ack?(visitor: Visitor, payload: Payload): void;
  other?(visitor: Visitor, heard: Heard): void;
};

/** A relay that does what a test wants, right or wrong, on a real port; it speaks JSON only, as older relays do. */
export class LyingRelay {
  readonly heard: Heard[] = [];
  readonly visitors: Visitor[] = [];
  lies: Lies = {};
  limits: Payload = { requests_per_minute: 0, points_per_minute: 0, max_message_bytes: 1_000_000 };
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });

  private constructor() {
    this.server.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<LyingRelay> {
    const relay = new LyingRelay();
    await once(relay.server, 'listening');
    return relay;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/relay`;
  }

  heardOf(type: string): Payload[] {
    return this.heard.filter((frame) => frame.type === type).map(({ payload }) => payload);
  }

  async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: WebSocket): void {
    let visitor: Visitor | undefined;
    socket.on('message', (data: Buffer) => {
      const heard = { payload: {}, ...JSON.parse(data.toString()) } as Heard;
      this.heard.push(heard);
      if (heard.type === 'Register') {
        visitor = visitorOf(socket, String(heard.payload.hardware_id));
        this.visitors.push(visitor);
      }
      if (visitor !== undefined) this.answer(visitor, heard);
    });
    socket.on('error', () => {});
  }

  private answer(visitor: Visitor, heard: Heard): void {
    const { payload } = heard;
    switch (heard.type) {
      case 'Register':
        if (this.lies.register?.(visitor, payload)) return;
        visitor.say('RegisterResponse', { hardware_id: visitor.id, limits: this.limits });
        return;
      case 'Send':
        if (this.lies.send === undefined) visitor.say('Ack', { message_id: payload.message_id, status: 'queued' });
        else this.lies.send(visitor, payload);
        return;
      case 'Ack':
        this.lies.ack?.(visitor, payload);
        return;
      case 'Ping':
        visitor.say('Pong');
        return;
      default:
        this.lies.other?.(visitor, heard);
    }
  }
}

function visitorOf(socket: WebSocket, id: string): Visitor {
  return {
    id,
    say: (type, payload) => socket.send(JSON.stringify({ type, payload })),
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
  };
}

/** As a sender would have written it. */
export function receivable(text: string, senderId = createHash('sha256').update('sender').digest('hex')): Payload {
  return {
    message_id: randomUUID(),
    sender_id: senderId,
    hardware_id: senderId,
    encrypted_data: Buffer.from(text).toString('base64'),
    content_type: 'Other',
    timestamp: 1,
    ttl: 60,
  };
}
