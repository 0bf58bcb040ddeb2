import type { Accepted, Handler } from '../connection/index';
import { Listeners } from '../connection/listeners';
import { randomMessageId } from '../connection/message-id';
import { RelayLink } from '../connection/relay-link';
import { randomBytes } from '../crypto/index';
import { Inbox } from '../delivery/inbox';
import { Outbox } from '../delivery/outbox';
import { Introductions } from '../introductions/index';
import { type PairedSecrets, Pairing, pairingLinkOf, temporaryLinksTo } from '../pairing/index';
import { type Identity, loadIdentity, type Peer, Peers, shownName } from '../peers/index';
import { type OpenedMessage, pairingRoot, type SealedKind, type SessionParts, Sessions } from '../sessions/index';
import {
  type OutgoingTransfer,
  type SendFile,
  type SendFolder,
  type TransferParts,
  Transfers,
} from '../transfers/index';
import { LegacyRecords, WindowsApp, type WindowsAppParts } from '../windows-app/index';
import type { DeviceEventName, DeviceEvents } from './device-events';
import { hearRotations, rotationFramesOn } from './device-frames';
import { DeviceMail } from './device-mail';
import {
  contentToSeal,
  type DeviceMessage,
  type DeviceMessageHandler,
  messageOf,
  type OutgoingContent,
} from './device-messages';
import type { DeviceOptions } from './device-options';
import { filesOf, messageBytesOf, sealedOutboxOn, transferEventsOn, transferPostOn } from './layer-ports';
import { knownPeer, readyPeer, textsAndImagesAlone } from './ready-peer';
import { Redelivery } from './redelivery';
import { appTtlSeconds, contactsOf, mostAppBytes } from './windows-app-ports';

export type SendOptions = {
  /** How long the relay keeps it for a peer that is away; default 7 days. 0 asks for live delivery or nothing. */
  readonly ttlSeconds?: number | undefined;
};

const weekSeconds = 7 * 24 * 60 * 60;
const tickMs = 60_000;

type Layers = {
  readonly identity: Identity;
  readonly peers: Peers;
  readonly link: RelayLink;
  readonly outbox: Outbox;
  readonly legacy: LegacyRecords;
};

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
  private readonly introductions: Introductions;
  private readonly listeners: Listeners<DeviceEvents>;
  private readonly now: () => number;
  private readonly stops: (() => void)[] = [];
  private handler: DeviceMessageHandler | undefined;
  private readonly redelivery = new Redelivery(() => void this.link.connection?.close('to be delivered again'));

  private constructor(
    private readonly options: DeviceOptions,
    layers: Layers,
  ) {
    this.identity = layers.identity;
    this.peers = layers.peers;
    this.link = layers.link;
    this.outbox = layers.outbox;
    this.now = options.now ?? Date.now;
    this.handler = options.onMessage;
    this.listeners = new Listeners(options.handlers);
    this.sessions = new Sessions(this.sessionParts());
    this.transfers = new Transfers(this.transferParts());
    this.introductions = new Introductions(this.introductionParts());
    this.pairing = new Pairing(this.pairingParts());
    this.windowsApp = new WindowsApp(this.windowsAppParts(layers.legacy));
  }

  /** Reads the store, goes on with what an earlier process left, begins to connect. Rejects when the store can't be read. */
  static async open(options: DeviceOptions): Promise<Device> {
    const { store, relayUrl, name, now, encoding, WebSocket, presence, random = randomBytes } = options;
    const identity = options.identity ?? (await loadIdentity(store, { name, random }));
    const peers = await Peers.open(store);
    const { id: hardwareId, signing: claim } = identity;
    const link = new RelayLink({ url: relayUrl, hardwareId, claim, now, encoding, WebSocket, presence });
    const outbox = await Outbox.open({ link, store, now });
    const legacy = await LegacyRecords.open(store);
    const device = new Device(options, { identity, peers, link, outbox, legacy });
    await device.begin();
    return device;
  }

  on<Name extends DeviceEventName>(name: Name, handler: Handler<DeviceEvents[Name]>): () => void {
    return this.listeners.add(name, handler);
  }

  /** The one handler of messages: called one at a time, in each peer's order; a message is acked when it has resolved. */
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
    { ttlSeconds = weekSeconds }: SendOptions = {},
  ): Promise<Accepted> {
    const peer = this.knownPeer(peerId);
    if (peer.kind === 'legacy') {
      if ('head' in content) throw textsAndImagesAlone(peer);
      return this.windowsApp.send(peer, content, appTtlSeconds(content, ttlSeconds));
    }
    const { accepted } = await this.post(peerId, 'message', { ...contentToSeal(content), ttlSeconds });
    return accepted as Promise<Accepted>;
  }

  async sendFile(file: SendFile): Promise<OutgoingTransfer> {
    await this.readyPeer(file.peerId);
    return this.transfers.sendFile(file);
  }

  async sendFolder(folder: SendFolder): Promise<OutgoingTransfer> {
    await this.readyPeer(folder.peerId);
    return this.transfers.sendFolder(folder);
  }

  async rotate(peerId: string): Promise<'started' | 'under-way'> {
    const peer = this.knownPeer(peerId);
    if (peer.kind === 'legacy') throw textsAndImagesAlone(peer);
    return this.sessions.rotate(peer.id);
  }

  /** Throws an IntroductionError. */
  async introduce(oneId: string, otherId: string): Promise<void> {
    await this.introductions.introduce(oneId, otherId);
  }

  async forget(peerId: string): Promise<void> {
    if (this.peers.get(peerId)?.kind === 'legacy') return this.windowsApp.forget(peerId);
    await this.sessions.forget(peerId, async (changes) => void (await this.peers.forget(peerId, changes)));
  }

  async close(): Promise<void> {
    this.redelivery.stop();
    for (const stop of this.stops) stop();
    this.pairing.close();
    await this.link.stop('The device was closed.');
    await this.transfers.close();
    this.outbox.close();
  }

  private async begin(): Promise<void> {
    const failed = (error: unknown): void => this.listeners.emit('handlerFailed', error);
    this.stops.push(
      hearRotations(this.link, this.sessions, failed),
      this.link.on('state', (state) => {
        this.listeners.emit('link', state);
        if (state.is === 'connected') this.connected().catch(failed);
      }),
      this.link.on('handlerFailed', (error) => {
        failed(error);
        this.redelivery.failed();
      }),
      this.outbox.on('paced', (paced) => this.listeners.emit('paced', paced)),
      this.peers.onChange(() => void this.listContacts().catch(failed)),
    );
    const ticks = setInterval(() => void this.tick().catch(failed), tickMs);
    this.stops.push(() => clearInterval(ticks));
    const mail = new DeviceMail(this.mailParts());
    await Inbox.open({ link: this.link, store: this.options.store, handler: (message) => mail.receive(message) });
    await this.transfers.resume();
    this.link.start();
  }

  private async connected(): Promise<void> {
    await this.listContacts();
    await this.sessions.connected();
  }

  private async tick(): Promise<void> {
    await this.sessions.tick();
    await this.transfers.tick();
    await this.introductions.tick();
  }

  /** Whom the relay lets send to this device. */
  private async listContacts(): Promise<void> {
    if (this.link.state.is !== 'connected' || this.link.state.registration.standing !== 'claimed') return;
    const awaited = { accept: this.options.accept ?? 'listed', awaits: this.windowsApp.awaits };
    await this.link.setContacts(contactsOf(this.identity.id, this.peers, awaited));
  }

  private async handle(message: DeviceMessage): Promise<void> {
    if (this.handler === undefined) throw new Error('A message came before there was a handler: call onMessage.');
    await this.handler(message);
    this.redelivery.handled();
  }

  private async post(
    peerId: string,
    kind: SealedKind,
    message: { head: OpenedMessage['head']; body: Uint8Array; ttlSeconds?: number },
  ) {
    const { id } = await this.readyPeer(peerId);
    return this.sessions.post(id, { ttlSeconds: weekSeconds, ...message, kind, messageId: randomMessageId() });
  }

  private knownPeer(peerId: string): Peer {
    return knownPeer(this.peers, peerId);
  }

  private readyPeer(peerId: string): Promise<Peer> {
    return readyPeer(this.peers, this.sessions, peerId);
  }

  private async keepPaired(peer: Peer, secrets: PairedSecrets): Promise<void> {
    const root = await pairingRoot(this.identity.agreement, peer.agreement, secrets);
    await this.keep(peer, root);
    this.listeners.emit('paired', this.knownPeer(peer.id));
  }

  /** The peer and its first session in one write. */
  private async keep(peer: Peer, root: Uint8Array): Promise<void> {
    const session = { peerId: peer.id, theirs: peer.agreement, root };
    await this.sessions.begin(session, async (changes) => void (await this.peers.add(peer, changes)));
  }

  private sessionParts(): SessionParts {
    return {
      ...this.common(),
      outbox: sealedOutboxOn(this.outbox),
      frames: rotationFramesOn(this.link),
      emit: (event) => this.listeners.emit('session', event),
      newMessageId: randomMessageId,
    };
  }

  private transferParts(): TransferParts {
    return {
      store: this.options.store,
      now: this.now,
      newId: randomMessageId,
      post: transferPostOn(this.link, this.outbox, (peerId, head, body) =>
        this.post(peerId, 'transfer', { head: { ...head }, body }),
      ),
      emit: transferEventsOn(this.listeners),
      ...filesOf(this.options.files),
    };
  }

  private introductionParts(): ConstructorParameters<typeof Introductions>[0] {
    return {
      ...this.common(),
      post: async (peerId, head) => {
        const { accepted } = await this.post(peerId, 'introduction', { head, body: new Uint8Array(0) });
        accepted.catch(() => {});
      },
      keep: (peer, root) => this.keep(peer, root),
      rotate: (peerId) => this.sessions.rotate(peerId),
      emit: (event) => this.listeners.emit('introduction', event),
    };
  }

  private pairingParts(): ConstructorParameters<typeof Pairing>[0] {
    const { relayUrl: url, WebSocket, encoding } = this.options;
    return {
      ...this.common(),
      link: pairingLinkOf(this.link),
      openTemporary: temporaryLinksTo({ url, WebSocket, encoding }),
      keep: (peer, secrets) => this.keepPaired(peer, secrets),
    };
  }

  private windowsAppParts(records: LegacyRecords): WindowsAppParts {
    return {
      ...this.common(),
      records,
      outbox: this.outbox,
      messageBytes: () => messageBytesOf(this.link, mostAppBytes),
      awaiting: () => this.listContacts(),
      paired: (peer) => this.listeners.emit('paired', peer),
      message: (peer, messageId, content) => this.handle({ peer, messageId, content }),
      emit: (event) => this.listeners.emit('windowsApp', event),
      newId: randomMessageId,
    };
  }

  /** What every layer needs. */
  private common() {
    const { identity, peers, now } = this;
    const { store, random = randomBytes } = this.options;
    return { identity, peers, now, store, random };
  }

  private mailParts(): ConstructorParameters<typeof DeviceMail>[0] {
    const { sessions, transfers, introductions, windowsApp, outbox } = this;
    return {
      ...this.common(),
      sessions,
      transfers,
      introductions,
      windowsApp,
      outbox,
      newMessageId: randomMessageId,
      whenKept: (senderId) => this.pairing.whenKept(senderId),
      message: (peer, opened) => this.handle(messageOf(peer, opened)),
      forgotten: (peer, messageId) => {
        const sentence = `${shownName(peer)} no longer knows this device: pair again.`;
        this.listeners.emit('forgotten', { peer, messageId, sentence });
      },
    };
  }
}
