import type { Accepted, Handler } from '../connection/index';
import { Listeners } from '../connection/listeners';
import { defaultTtlSeconds } from '../connection/outgoing';
import type { RelayLink } from '../connection/relay-link';
import { Inbox } from '../delivery/inbox';
import type { Outbox } from '../delivery/outbox';
import type { Pairing } from '../pairing/index';
import type { Identity, Peers } from '../peers/index';
import { NotNow, type Sessions } from '../sessions/index';
import type { OutgoingTransfer, SendFile, SendFolder, Transfers } from '../transfers/index';
import type { WindowsApp } from '../windows-app/index';
import type { DeviceEventName, DeviceEvents } from './device-events';
import { hearRotations } from './device-frames';
import { contentToSeal, type DeviceMessage, type DeviceMessageHandler, type OutgoingContent } from './device-messages';
import type { DeviceOptions } from './device-options';
import { type Ground, Layers, openGround } from './layers';
import { knownPeer, textsAndImagesAlone } from './ready-peer';
import { Repeats } from './repeats';
import { appTtlSeconds } from './windows-app-ports';

export type SendOptions = {
  /** How long the relay keeps it for a peer that is away; default 7 days. 0 asks for live delivery or nothing. */
  readonly ttlSeconds?: number | undefined;
};

const tickMs = 60_000;

/** One device of a person's, with all layers: it finds its peers again, whatever happened to it or to the relay. */
export class Device {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly link: RelayLink;
  readonly outbox: Outbox;
  readonly sessions: Sessions;
  readonly pairing: Pairing;
  readonly transfers: Transfers;
  readonly windowsApp: WindowsApp;
  private readonly layers: Layers;
  private readonly listeners: Listeners<DeviceEvents>;
  private readonly stops: (() => void)[] = [];
  private handler: DeviceMessageHandler | undefined;
  /** A relay delivers what was not acked when the device registers again. */
  private readonly redelivery: Repeats;

  private constructor(
    private readonly options: DeviceOptions,
    ground: Ground,
  ) {
    this.identity = ground.identity;
    this.peers = ground.peers;
    this.link = ground.link;
    this.outbox = ground.outbox;
    this.handler = options.onMessage;
    const deliverAgain = (): void => void this.link.connection?.close('to be delivered again');
    this.redelivery = new Repeats({ again: deliverAgain, firstDelayMs: 2_000, now: options.now ?? Date.now });
    this.listeners = new Listeners(options.handlers);
    const handle = (message: DeviceMessage) => this.handle(message);
    this.layers = new Layers({ device: options, ground, listeners: this.listeners, handle });
    this.sessions = this.layers.sessions;
    this.pairing = this.layers.pairing;
    this.transfers = this.layers.transfers;
    this.windowsApp = this.layers.windowsApp;
  }

  /** Reads the store, goes on with what an earlier process left, begins to connect. Rejects when the store can't be read. */
  static async open(options: DeviceOptions): Promise<Device> {
    const device = new Device(options, await openGround(options));
    await device.begin();
    return device;
  }

  on<Name extends DeviceEventName>(name: Name, handler: Handler<DeviceEvents[Name]>): () => void {
    return this.listeners.add(name, handler);
  }

  /**
   * The one handler of messages: called one at a time, in each peer's order; a message is acked when it has resolved. One that
   * throws sees the message again, ten times in about a quarter of an hour; then the message is `refused` (`session` events) as
   * `handler-failed`, and its peer's next one comes. A handler that throws a NotNow sees it again without end.
   */
  onMessage(handler: DeviceMessageHandler): void {
    this.handler = handler;
  }

  /**
   * Resolves when the relay keeps it. Rejects with a DeviceError, or as `Outgoing.send` does; once it is in the store, it goes
   * out also after a restart.
   */
  async send(
    peerId: string,
    content: OutgoingContent,
    { ttlSeconds = defaultTtlSeconds }: SendOptions = {},
  ): Promise<Accepted> {
    const peer = knownPeer(this.peers, peerId);
    if (peer.kind === 'legacy') {
      if ('head' in content) throw textsAndImagesAlone(peer);
      return this.windowsApp.send(peer, content, appTtlSeconds(content, ttlSeconds));
    }
    const { accepted } = await this.layers.post(peerId, 'message', { ...contentToSeal(content), ttlSeconds });
    return accepted as Promise<Accepted>;
  }

  async sendFile(file: SendFile): Promise<OutgoingTransfer> {
    await this.layers.readyPeer(file.peerId);
    return this.transfers.sendFile(file);
  }

  async sendFolder(folder: SendFolder): Promise<OutgoingTransfer> {
    await this.layers.readyPeer(folder.peerId);
    return this.transfers.sendFolder(folder);
  }

  async rotate(peerId: string): Promise<'started' | 'under-way'> {
    const peer = knownPeer(this.peers, peerId);
    if (peer.kind === 'legacy') throw textsAndImagesAlone(peer);
    return this.sessions.rotate(peer.id);
  }

  /** Throws an IntroductionError. */
  async introduce(oneId: string, otherId: string): Promise<void> {
    await this.layers.introductions.introduce(oneId, otherId);
  }

  async forget(peerId: string): Promise<void> {
    if (this.peers.get(peerId)?.kind === 'legacy') return this.windowsApp.forget(peerId);
    await this.sessions.forget(peerId, async (changes) => void (await this.peers.forget(peerId, changes)));
    await this.transfers.forget(peerId);
  }

  async close(): Promise<void> {
    this.redelivery.stop();
    this.layers.close();
    for (const stop of this.stops) stop();
    this.pairing.close();
    await this.link.stop('The device was closed.');
    await this.transfers.close();
    this.outbox.close();
  }

  private async begin(): Promise<void> {
    const failed = (error: unknown): void => this.listeners.emit('handlerFailed', error);
    this.stops.push(
      hearRotations({ link: this.link, sessions: this.sessions, failed, now: this.options.now ?? Date.now }),
      this.link.on('state', (state) => {
        this.listeners.emit('link', state);
        if (state.is === 'connected') void this.connected(failed);
      }),
      this.link.on('handlerFailed', (error) => {
        failed(error);
        this.redelivery.failed();
      }),
      this.outbox.on('paced', (paced) => this.listeners.emit('paced', paced)),
      this.peers.onChange(() => void this.layers.listContacts().catch(failed)),
    );
    const ticks = setInterval(() => void this.layers.tick(failed), tickMs);
    this.stops.push(() => clearInterval(ticks));
    const { mail } = this.layers;
    await Inbox.open({ link: this.link, store: this.options.store, handler: (message) => mail.receive(message) });
    await this.transfers.resume();
    this.link.start();
  }

  /** What became due while this device was away does not wait for the next tick. */
  private async connected(failed: (error: unknown) => void): Promise<void> {
    await this.layers.connected();
    await this.layers.tick(failed);
  }

  private async handle(message: DeviceMessage): Promise<void> {
    if (this.handler === undefined) throw new NotNow('A message came before there was a handler: call onMessage.');
    await this.handler(message);
  }
}
