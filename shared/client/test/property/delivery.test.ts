import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, NetworkFault, startCluster, unlimited } from '@openrelay/launch';
import { eventually, freshHardwareId } from '@openrelay/testing';
import fc from 'fast-check';
import WebSocket from 'ws';
import { type Changes, Inbox, MemoryStore, Outbox, RelayLink, type Store } from '../../src/index';
import { bytesOf, textOf } from '../rig';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ edges: 2, env: unlimited });
});
afterAll(() => cluster?.stop());

const hasty = { WebSocket, timeoutMs: 1_500, random: () => 0 };

/** What a process may write while it lives; one that died writes nothing any more. */
class MortalStore implements Store {
  constructor(
    private readonly disk: MemoryStore,
    private life: 'alive' | 'dead' = 'alive',
  ) {}

  die(): void {
    this.life = 'dead';
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.disk.get(key);
  }

  keys(prefix: string): Promise<string[]> {
    return this.disk.keys(prefix);
  }

  async write(changes: Changes): Promise<void> {
    // In the midst of it, so that a handler may have run whose message is not remembered.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.life === 'dead') throw new Error('The process died.');
    await this.disk.write(changes);
  }
}

/** One side: its disk outlives its processes. */
class Side {
  readonly hardwareId = freshHardwareId();
  readonly disk = new MemoryStore();
  network!: NetworkFault;
  protected link!: RelayLink;
  protected store!: MortalStore;

  async start(url: string): Promise<void> {
    this.network = await NetworkFault.start(url);
    await this.born();
  }

  async born(): Promise<void> {
    this.store = new MortalStore(this.disk);
    this.link = new RelayLink({ ...hasty, url: this.network.url, hardwareId: this.hardwareId });
    await this.prepare();
    this.link.start();
  }

  /** As SIGKILL does it: what it held in memory is gone. */
  async dieAndComeBack(): Promise<void> {
    this.store.die();
    this.link.connection?.abandon('the process died');
    await this.end();
    await this.born();
  }

  async end(): Promise<void> {
    await this.link.stop();
  }

  async stop(): Promise<void> {
    await this.end();
    await this.network.close();
  }

  protected async prepare(): Promise<void> {}
}

class Sender extends Side {
  outbox!: Outbox;

  protected override async prepare(): Promise<void> {
    this.outbox = await Outbox.open({ link: this.link, store: this.store, random: () => 0 });
  }

  override async end(): Promise<void> {
    this.outbox.close();
    await super.end();
  }
}

class Recipient extends Side {
  /** As its disk has it. */
  async read(): Promise<string[]> {
    const bytes = await this.disk.get('read');
    return bytes === undefined ? [] : textOf(bytes).split(',');
  }

  protected override async prepare(): Promise<void> {
    let read = await this.read();
    await Inbox.open({
      link: this.link,
      store: this.store,
      handler: ({ data }) => {
        read = [...read, textOf(data)];
        return new Map([['read', bytesOf(read.join(','))]]);
      },
    });
  }
}

type Act =
  | 'post'
  | 'sender cut'
  | 'recipient cut'
  | 'sender dies'
  | 'recipient dies'
  | 'sender hears nothing'
  | 'pause';
const acts = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Act>('post') },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Act>(
        'sender cut',
        'recipient cut',
        'sender dies',
        'recipient dies',
        'sender hears nothing',
        'pause',
      ),
    },
  ),
  { minLength: 15, maxLength: 30 },
);

async function act(what: Act, sender: Sender, recipient: Recipient, text: () => string): Promise<void> {
  switch (what) {
    case 'post':
      await sender.outbox.post({ recipientId: recipient.hardwareId, data: bytesOf(text()), keep: true }).kept;
      return;
    case 'sender cut':
      sender.network.reset();
      return;
    case 'recipient cut':
      recipient.network.reset();
      return;
    case 'sender dies':
      await sender.dieAndComeBack();
      return;
    case 'recipient dies':
      await recipient.dieAndComeBack();
      return;
    case 'sender hears nothing':
      // What it sends may be kept by the relay; the ack is lost.
      sender.network.halfOpen('server');
      sender.network.heal();
      return;
    case 'pause':
      await new Promise((resolve) => setTimeout(resolve, 30));
      return;
    default:
      what satisfies never;
  }
}

test('whatever is cut, lost or dies: each message is read once, in the order in which it was posted', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (script) => {
      const [sender, recipient] = [new Sender(), new Recipient()];
      await Promise.all([sender.start(cluster.edge(0).url), recipient.start(cluster.edge(1).url)]);
      const posted: string[] = [];
      const next = () => {
        posted.push(`m${posted.length}`);
        return posted.at(-1)!;
      };
      try {
        for (const what of script) await act(what, sender, recipient, next);
        await act('post', sender, recipient, next);
        await eventually(async () => expect(await recipient.read()).toEqual(posted), { timeoutMs: 30_000 });
        await eventually(() => expect(sender.outbox.size).toBe(0), { timeoutMs: 30_000 });
      } finally {
        await Promise.all([sender.stop(), recipient.stop()]);
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
