import WebSocket from 'ws';
import { Device, type DeviceOptions, type IncomingRecord, type Sink, type Source } from '../src/index';
import { CrashingDisk, type ProcessStore } from './sessions-rig/crashing-store';

/** Files that outlive the processes which write them. */
class MemoryFiles {
  readonly finished = new Map<string, Uint8Array>();
  private readonly partial = new Map<string, Uint8Array>();

  /** For files whose size is known. */
  sink({ id, name, size = 0 }: IncomingRecord): Sink {
    const bytes = this.partial.get(id) ?? new Uint8Array(size);
    this.partial.set(id, bytes);
    return {
      write: async (offset, written) => bytes.set(written, offset),
      read: async (offset, length) => bytes.subarray(offset, offset + length),
      finish: async () => {
        this.finished.set(name, bytes);
        this.partial.delete(id);
      },
      discard: async () => void this.partial.delete(id),
    };
  }
}

export type DeviceRig = {
  device: Device;
  readonly events: unknown[];
  readonly files: MemoryFiles;
  /** What `openSource` finds again, by its place. */
  readonly sources: Map<string, Source>;
  /** The process ends without a word, and another one starts on the same disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/** A device on a disk of its own. It takes every file. */
export async function startDevice(
  name: string,
  relayUrl: string,
  options: Partial<DeviceOptions> = {},
): Promise<DeviceRig> {
  const disk = new CrashingDisk();
  const files = new MemoryFiles();
  const sources = new Map<string, Source>();
  const events: unknown[] = [];
  let store: ProcessStore;
  const open = async (): Promise<Device> => {
    const own = disk.process();
    store = own;
    const device = await Device.open({
      relayUrl,
      name,
      store: own,
      WebSocket,
      files: { openSink: async (record) => files.sink(record), openSource: async ({ place }) => sources.get(place) },
      ...options,
    });
    device.on('offer', ({ peerId, id }) => void device.transfers.accept(peerId, id, 'here'));
    for (const event of ['session', 'introduction', 'finished', 'forgotten'] as const) {
      device.on(event, (what) => {
        if (!own.hasEnded) events.push({ event, ...what });
      });
    }
    // What a process that was killed still tried, and what ended with it.
    device.on('handlerFailed', () => {});
    await device.link.untilConnected();
    return device;
  };
  const rig: DeviceRig = {
    device: await open(),
    events,
    files,
    sources,
    restart: async () => {
      store.kill();
      await rig.device.close().catch(() => {});
      rig.device = await open();
    },
    close: () => rig.device.close(),
  };
  return rig;
}

/** By a code that a person would read out. */
export async function pairDevices(one: DeviceRig, other: DeviceRig): Promise<void> {
  const ask = async () => 'trust' as const;
  const { text, paired } = await one.device.pairing.hostCode({ ask });
  await other.device.pairing.joinCode(text, { ask });
  await paired;
}
