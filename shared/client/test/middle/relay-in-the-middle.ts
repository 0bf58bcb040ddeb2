import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Encoding, messagePackSubprotocol } from '@openrelay/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { type Codec, codecOf } from '../../src/connection/frames/codec';

export type Payload = Readonly<Record<string, unknown>>;
export type Frame = { readonly type: string; readonly payload: Payload };
/** `up`: of a device, to the relay. `id`: which device's connection it is on, in upper case. */
export type Passing = Frame & { readonly way: 'up' | 'down'; readonly id: string };

/** What becomes of a frame: these take its place; nothing said, it goes on as it is. */
export type Lie = (passing: Passing, leg: Leg) => readonly Frame[] | undefined;

/** One connection of a device, and the one to the relay that stands for it. */
export type Leg = {
  readonly id: string;
  /** As if the relay had said it. */
  toDevice(frame: Frame): void;
  /** As if the device had said it. */
  toRelay(frame: Frame): void;
  /** Without a close frame, on both sides. */
  cut(): void;
};

/** Stands between real devices and a real edge, reads every frame, and lies as a test wants. */
export class RelayInTheMiddle {
  lie: Lie = () => undefined;
  /** Everything that came to it, from either side, before its lies. */
  readonly passed: Passing[] = [];
  private readonly legs: SocketLeg[] = [];
  private readonly server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => offered.has(messagePackSubprotocol) && messagePackSubprotocol,
  });

  private constructor(private readonly edgeUrl: string) {
    this.server.on('connection', (device, { headers }) => {
      // A proof names the host that the device dialled.
      const options = { headers: { Host: headers.host } };
      const relay = new WebSocket(this.edgeUrl, device.protocol === '' ? [] : [device.protocol], options);
      this.legs.push(new SocketLeg(device, relay, (passing, leg) => this.pass(passing, leg)));
    });
  }

  static async start(edgeUrl: string): Promise<RelayInTheMiddle> {
    const middle = new RelayInTheMiddle(edgeUrl);
    await once(middle.server, 'listening');
    return middle;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/relay`;
  }

  /** The newest of this device. Throws when there is none. */
  leg(id: string): Leg {
    const leg = this.legs.findLast((each) => each.id === id);
    if (leg === undefined) throw new Error(`${id} never came to the relay in the middle.`);
    return leg;
  }

  async stop(): Promise<void> {
    for (const leg of this.legs) leg.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(passing: Passing, leg: Leg): readonly Frame[] {
    this.passed.push(passing);
    return this.lie(passing, leg) ?? [passing];
  }
}

class SocketLeg implements Leg {
  id = '';
  private readonly codec: Codec;
  private readonly unsent: Frame[] = [];

  constructor(
    private readonly device: WebSocket,
    private readonly relay: WebSocket,
    private readonly pass: (passing: Passing, leg: Leg) => readonly Frame[],
  ) {
    const encoding: Encoding = device.protocol === '' ? 'json' : 'msgpack';
    this.codec = codecOf(encoding);
    device.on('message', (data, isBinary) => this.carry('up', data as Buffer, isBinary));
    relay.on('message', (data, isBinary) => this.carry('down', data as Buffer, isBinary));
    relay.on('open', () => {
      for (const frame of this.unsent.splice(0)) this.toRelay(frame);
    });
    device.on('close', () => relay.close());
    relay.on('close', (code, reason) => (code === 1006 ? device.terminate() : device.close(code, reason)));
    for (const socket of [device, relay]) socket.on('error', () => {});
  }

  toDevice({ type, payload }: Frame): void {
    if (this.device.readyState === WebSocket.OPEN) this.device.send(this.codec.encode(type, payload));
  }

  toRelay(frame: Frame): void {
    if (this.relay.readyState === WebSocket.CONNECTING) this.unsent.push(frame);
    else if (this.relay.readyState === WebSocket.OPEN) this.relay.send(this.codec.encode(frame.type, frame.payload));
  }

  cut(): void {
    this.device.terminate();
    this.relay.terminate();
  }

  private carry(way: Passing['way'], data: Buffer, isBinary: boolean): void {
    const frame = this.codec.decode(isBinary ? data : data.toString());
    if (frame === undefined) throw new Error('The relay in the middle cannot read a frame.');
    if (frame.type === 'Register') this.id = String(frame.payload.hardware_id).toUpperCase();
    for (const each of this.pass({ ...frame, way, id: this.id }, this)) {
      if (way === 'up') this.toRelay(each);
      else this.toDevice(each);
    }
  }
}
