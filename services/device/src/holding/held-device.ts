import { dirname } from 'node:path';
import {
  Device,
  type DeviceMessage,
  type Identity,
  loadIdentity,
  outboxPrefix,
  Peers,
  renameIdentity,
  type Store,
  type WebSocketConstructor,
} from '@openrelay/client';
import { Failure } from '../failures/failure';
import { removeForgottenInput, waitingInputFolder } from '../files/waiting-input';
import { openedStore } from '../keyring/key-in-keyring';
import type { Keyring } from '../keyring/keyring';
import type { Folders } from '../settings/folders';
import { privateFolder } from '../settings/private-folder';
import { readSettings, type Settings } from '../settings/settings-file';
import { FileStore } from '../stores/file-store';
import { nameOfHost } from './device-names';
import type { ClipTaker, Extension, RunningExtension } from './extension';
import type { Log } from './log';
import { ReceivedItems } from './received-items';
import { Receiving } from './receiving';
import { linkSentence, tellEvents } from './tell-events';
import { Troubles } from './troubles';

export type HoldingOptions = {
  readonly folders: Folders;
  readonly hostName: string;
  readonly relay: string;
  readonly WebSocket: WebSocketConstructor;
  readonly extensions?: readonly Extension[] | undefined;
  /** Asked only where the store says that its key is there. */
  readonly keyring: () => Keyring;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
};

/** The device of this machine, in this process: its store is locked as long. It connects when it is first asked to. */
export class HeldDevice {
  readonly items: ReceivedItems;
  readonly receiving: Receiving;
  readonly troubles: Troubles;
  private opened: Promise<Device> | undefined;
  private current: Device | undefined;
  private extensions: readonly RunningExtension[] = [];
  private started: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: HoldingOptions,
    private readonly file: FileStore,
    private readonly store: Store,
  ) {
    const { folders, now } = options;
    this.troubles = new Troubles(`${folders.state}/troubles.json`, now);
    this.items = new ReceivedItems(`${folders.state}/received.jsonl`);
    const settings = () => this.settings();
    const clips = () => this.clips();
    this.receiving = new Receiving({
      items: this.items,
      settings,
      defaultFolder: folders.received,
      clips,
      log: this.log,
      now,
    });
  }

  /** Rejects with a StoreError, a StoreInUse when another process holds it, or a Failure when its key can’t be had. */
  static async open(options: HoldingOptions): Promise<HeldDevice> {
    await privateFolder(dirname(options.folders.store));
    await privateFolder(options.folders.state);
    const file = await FileStore.open(options.folders.store);
    if (file.notice !== undefined) options.log(file.notice, 'trouble');
    try {
      return new HeldDevice(options, file, await openedStore(file, options.keyring));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get relay(): string {
    return this.options.relay;
  }

  /** What is wrong with the store, in sentences. */
  async notices(): Promise<string[]> {
    const { damagedKeys } = await this.peers();
    const damaged = this.current?.outbox.damaged ?? 0;
    return [
      ...(this.file.notice === undefined ? [] : [this.file.notice]),
      ...(damagedKeys.length === 0
        ? []
        : [`${damagedKeys.length} records of peers can’t be read: pair again with who is missing.`]),
      ...(damaged === 0 ? [] : [`${damaged} messages that waited to be sent can’t be read: send them again.`]),
    ];
  }

  /** Messages that wait to be sent; also of a device that is not open. */
  async waiting(): Promise<number> {
    return this.current?.outbox.size ?? (await this.store.keys(outboxPrefix)).length;
  }

  settings(): Promise<Settings> {
    return readSettings(this.options.folders.settings);
  }

  async identity(): Promise<Identity> {
    return this.current?.identity ?? loadIdentity(this.store, { name: nameOfHost(this.options.hostName) });
  }

  async peers(): Promise<Peers> {
    return this.current?.peers ?? Peers.open(this.store);
  }

  /** Open, and connected or on the way to it; nothing when it was not asked for yet. */
  get running(): Device | undefined {
    return this.current;
  }

  /** Unix ms. */
  now(): number {
    return this.options.now();
  }

  /** Why there is no connection, and what to look at. */
  relayAway({ link: { state } }: Device): string {
    if (state.is === 'stopped') return linkSentence(state) || 'The device was closed.';
    const { relay } = this;
    // That it could not be reached is said already.
    const why = state.is === 'waiting' && !state.why.startsWith(relay) ? ` ${state.why}` : '';
    return `The relay at ${relay} can’t be reached now.${why} Is its address right (--relay URL)? “openrelay doctor” looks closer.`;
  }

  /** Opens it when that was not done yet. */
  device(): Promise<Device> {
    this.opened ??= this.openDevice();
    return this.opened;
  }

  /** For a person who waits for it: a connection that would be tried again later is tried now. */
  async wokenDevice(): Promise<Device> {
    const device = await this.device();
    if (device.link.state.is === 'waiting') device.link.wake();
    return device;
  }

  /** With a connection. Rejects with a Failure when there is none in time. */
  async connected(waitMs: number, signal?: AbortSignal): Promise<Device> {
    const device = await this.wokenDevice();
    const late = AbortSignal.timeout(waitMs);
    try {
      await device.link.untilConnected(signal === undefined ? late : AbortSignal.any([signal, late]));
      return device;
    } catch {
      signal?.throwIfAborted();
      throw new Failure(3, this.relayAway(device));
    }
  }

  /** The device is closed and opened again with its new name. */
  async rename(name: string): Promise<void> {
    const wasOpen = this.opened !== undefined;
    await this.closeDevice();
    try {
      await renameOrMake(this.store, name);
    } finally {
      if (wasOpen) await this.device();
    }
  }

  async close(): Promise<void> {
    await this.closeDevice();
    await this.file.close();
  }

  private readonly log: Log = (sentence, weight) => {
    if (weight === 'trouble') void this.troubles.add(sentence); // never rejects
    this.options.log(sentence, weight);
  };

  private async openDevice(): Promise<Device> {
    const { relay: relayUrl, folders, hostName, WebSocket, now } = this.options;
    const { log } = this;
    let start!: () => void;
    this.started = new Promise<void>((resolve) => {
      start = resolve;
    });
    const onMessage = async (message: DeviceMessage): Promise<void> => {
      await this.started;
      await this.handle(message);
    };
    const { files } = this.receiving;
    const name = nameOfHost(hostName);
    const device = await Device.open({ relayUrl, store: this.store, name, WebSocket, files, onMessage, now });
    this.current = device;
    // What a connection says that is being closed is of no interest.
    tellEvents(device, (sentence, weight) => this.opened !== undefined && log(sentence, weight));
    this.receiving.attach(device);
    await removeForgottenInput(waitingInputFolder(folders.state), await device.transfers.outgoingList(), now());
    this.extensions = await Promise.all(
      (this.options.extensions ?? []).map((extension) => extension.start({ device, log })),
    );
    start();
    return device;
  }

  private async closeDevice(): Promise<void> {
    const device = await this.opened?.catch(() => undefined);
    this.opened = undefined;
    for (const extension of this.extensions) await extension.stop();
    this.extensions = [];
    await device?.close();
    this.current = undefined;
  }

  /** Who takes what is for a clipboard: nobody, where there is none. */
  private async clips(): Promise<ClipTaker | undefined> {
    await this.started;
    return this.extensions.find(({ clips }) => clips !== undefined)?.clips;
  }

  private async handle(message: DeviceMessage): Promise<void> {
    for (const { message: take } of this.extensions) {
      if ((await take?.(message)) === 'taken') return;
    }
    await this.receiving.message(message);
  }
}

async function renameOrMake(store: Store, name: string): Promise<void> {
  const identity = await loadIdentity(store, { name });
  if (identity.name !== name) await renameIdentity(store, name);
}
