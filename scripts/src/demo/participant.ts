import { setTimeout as pause } from 'node:timers/promises';
import { type Accepted, Device, type HostedCode, type LinkState, MemoryStore } from '@openrelay/client';
import { explainingSocket } from './explaining-socket';
import { Mailbox } from './mailbox';

const weekSeconds = 7 * 24 * 60 * 60;
const connectMs = 10_000;

/** Only where a code would replace the keys of a peer, and here are none. */
const ask = async () => 'refuse' as const;

/** A person's device: what it keeps, and the library's device while it runs. */
export class Participant {
  readonly texts = new Mailbox<string>('message');
  readonly rotations = new Mailbox<bigint>('new key');
  private readonly store = new MemoryStore();
  private running: Device | undefined;

  constructor(readonly name: string) {}

  get device(): Device {
    if (this.running === undefined) throw new Error(`${this.name} is not connected`);
    return this.running;
  }

  /** The same device each time, from what it keeps: as when its process starts again. */
  async connect(url: string): Promise<void> {
    const { Socket, explained } = explainingSocket(url);
    const device = await Device.open({
      relayUrl: url,
      store: this.store,
      name: this.name,
      WebSocket: Socket,
      onMessage: ({ content }) => ('text' in content ? this.texts.add(content.text) : undefined),
    });
    this.running = device;
    device.on('session', (event) => event.name === 'rotated' && this.rotations.add(event.keyId));
    try {
      await connected(device);
    } catch (error) {
      await this.disconnect();
      throw explained(error);
    }
  }

  /** For one try. */
  showCode(): Promise<HostedCode> {
    return this.device.pairing.hostCode({ ask });
  }

  async enterCode(text: string): Promise<void> {
    await this.device.pairing.joinCode(text, { ask });
  }

  /** The relay lets the other one send to this device: the library has told it, and it may take a moment. */
  async listed(): Promise<void> {
    const { link } = this.device;
    if (link.state.is !== 'connected' || link.state.registration.standing !== 'claimed') return;
    for (let tries = 0; tries < 20; tries += 1) {
      if ((await link.setContacts({ accept: 'listed' })).listed > 0) return;
      await pause(50);
    }
    throw new Error(`the relay does not list whom ${this.name} takes messages from`);
  }

  async rotate(): Promise<void> {
    await this.device.rotate(this.peer());
    await this.rotations.next();
  }

  /** Waits for a Pong first: with it the edge has read the Acks that were written before the Ping. */
  async close(): Promise<void> {
    await this.device.link.connection?.ping();
    await this.disconnect();
  }

  async disconnect(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  send(text: string, ttlSeconds = weekSeconds): Promise<Accepted> {
    return this.device.send(this.peer(), { text }, { ttlSeconds });
  }

  /** The next message, decrypted. */
  read(): Promise<string> {
    return this.texts.next();
  }

  private peer(): string {
    const [peer] = this.device.peers.list();
    if (peer === undefined) throw new Error(`${this.name} is not paired with another device`);
    return peer.id;
  }
}

/** Rejects with why the first try failed: a demo does not wait for a relay that comes back. */
async function connected(device: Device): Promise<void> {
  let forget = (): void => {};
  const failed = new Promise<never>((_, reject) => {
    const onState = (state: LinkState): void => {
      if ('why' in state) reject(new Error(state.why));
    };
    forget = device.on('link', onState);
    onState(device.link.state);
  });
  try {
    await Promise.race([device.link.untilConnected(AbortSignal.timeout(connectMs)), failed]);
  } finally {
    forget();
  }
}
