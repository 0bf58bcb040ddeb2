import { MemoryStore } from '../../src/stores';
import { type FolderEntry, type IncomingRecord, type TransferEvent, Transfers } from '../../src/transfers';
import type { TransferHead } from '../../src/transfers/transfer-head';
import { MemoryFolder, memorySource } from './memory-file';

export type Carried = { readonly head: TransferHead; readonly body: Uint8Array };

export class Killed extends Error {}

/** One device's transfers, without keys: what it posts waits, as in an outbox, until the test carries it. */
export class TransferNode {
  readonly id: string;
  readonly folder = new MemoryFolder();
  readonly outbox: Carried[] = [];
  readonly events: TransferEvent[] = [];
  readonly sources = new Map<string, Uint8Array>();
  readonly entries = new Map<string, FolderEntry[]>();
  messageBytes = 2_000;
  /** Whether the relay acks what is posted, or is away. */
  relay: 'acks' | 'is away' = 'acks';
  /** Records that were read from the store. */
  reads = 0;
  transfers: Transfers;
  readonly store = new MemoryStore();
  private readonly clock: { now: number };
  private generation = 0;
  private writesLeft = Number.POSITIVE_INFINITY;
  private ids = 0;

  constructor(id: string, clock: { now: number }) {
    this.id = id;
    this.clock = clock;
    this.transfers = this.start();
  }

  /** The process ends in the middle of whatever it does, and another one starts on the same store. */
  async kill(): Promise<void> {
    this.generation += 1;
    this.writesLeft = Number.POSITIVE_INFINITY;
    this.transfers = this.start();
    await this.transfers.resume();
  }

  /** The process ends in the middle of one of its next writes. */
  dieAfterWrites(writes: number): void {
    this.writesLeft = writes;
  }

  finished(): { outcome: string; sentence: string }[] {
    return this.events.flatMap((event) => (event.name === 'finished' && event.group === undefined ? [event] : []));
  }

  offers(): IncomingRecord[] {
    return this.events.flatMap((event) => (event.name === 'offered' ? [event.offer] : []));
  }

  private start(): Transfers {
    const { generation } = this;
    const alive = <Value>(value: Value): Value => {
      if (generation !== this.generation) throw new Killed('This process has ended.');
      return value;
    };
    return new Transfers({
      store: {
        get: async (key) => {
          this.reads += 1;
          return alive(this.store).get(key);
        },
        write: async (changes) => {
          if (this.writesLeft <= 0) this.generation += 1;
          this.writesLeft -= 1;
          await alive(this.store).write(changes);
        },
        keys: async (prefix) => alive(this.store).keys(prefix),
      },
      post: {
        post: async (_peerId, head, body) => {
          alive(this.outbox).push({ head, body });
          return { accepted: this.relay === 'acks' ? Promise.resolve() : new Promise(() => {}) };
        },
        messageBytes: () => this.messageBytes,
        waitMs: () => 0,
        estimateSeconds: (bytes, messageBytes) => bytes / messageBytes,
      },
      emit: (event) => {
        if (generation === this.generation) this.events.push(event);
      },
      now: () => this.clock.now,
      newId: () => {
        this.ids += 1;
        return `id-${this.ids}`;
      },
      openSource: async ({ place }) => {
        const bytes = this.sources.get(place);
        return bytes && memorySource(bytes);
      },
      openFolder: async ({ place }) => this.entries.get(place),
      openSink: async ({ path, name, place, entries }) => {
        const target = [place, ...(path ?? [name])].join('/');
        const sink = entries === 0 ? this.folder.emptyFolder(target) : this.folder.sink(target);
        return {
          write: async (offset, bytes) => alive(sink).write(offset, bytes),
          read: async (offset, length) => alive(sink).read(offset, length),
          finish: async () => alive(sink).finish(),
          discard: async () => alive(sink).discard(),
        };
      },
    });
  }
}

/** Hands messages over, the oldest first, until nobody has anything to say. */
export async function carryAll(one: TransferNode, other: TransferNode): Promise<void> {
  for (let idle = 0; idle < 3; ) {
    const moved = (await carry(one, other)) + (await carry(other, one));
    // What a pump posts comes some turns later.
    await turn();
    idle = moved === 0 ? idle + 1 : 0;
  }
}

export async function carry(from: TransferNode, to: TransferNode, most = Number.POSITIVE_INFINITY): Promise<number> {
  let moved = 0;
  while (moved < most && from.outbox.length > 0) {
    const { head, body } = from.outbox[0]!;
    await to.transfers.handle(from.id, { ...head }, body);
    from.outbox.shift();
    moved += 1;
  }
  return moved;
}

export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function transferNodes() {
  const clock = { now: 1_800_000_000_000 };
  const sender = new TransferNode('1A'.repeat(32), clock);
  const receiver = new TransferNode('B2'.repeat(32), clock);
  return { sender, receiver, clock };
}

export async function acceptAll(receiver: TransferNode, place = 'downloads'): Promise<void> {
  for (const { peerId, id } of receiver.offers()) await receiver.transfers.accept(peerId, id, place);
}
