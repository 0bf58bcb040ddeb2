import type { MessageHandler } from '../../src/connection/arrivals';
import { agreementKeyOf, type RandomBytes, randomBytes, textOf, utf8 } from '../../src/crypto';
import { Inbox } from '../../src/delivery';
import {
  type Arrived,
  type OpenedMessage,
  type Received,
  type RotationAnswer,
  type RotationUpdate,
  type SealedPost,
  type SessionEvent,
  Sessions,
} from '../../src/sessions';
import { CrashingDisk, type ProcessStore } from './crashing-store';
import { StoredOutbox } from './stored-outbox';

/** Of all nodes: what comes from a backup must not use an id again. */
let messageCount = 0;

export const smallerId = '1A'.repeat(32);
export const largerId = 'B2'.repeat(32);
export const thirdId = 'C3'.repeat(32);

export type Frame = ({ readonly type: 'update' } & RotationUpdate) | ({ readonly type: 'answer' } & RotationAnswer);

export type NodeOptions = {
  readonly id: string;
  readonly secret: Uint8Array;
  readonly now: () => number;
  readonly random?: RandomBytes;
  readonly disk?: CrashingDisk;
};

/** One device's sessions without a connection: what it posts and frames is to be taken and carried by the test. */
export class SessionNode {
  readonly id: string;
  readonly events: SessionEvent[] = [];
  readonly frames: Frame[] = [];
  readonly read: string[] = [];
  readonly disk: CrashingDisk;
  sessions!: Sessions;
  outbox!: StoredOutbox;
  store!: ProcessStore;
  /** What its handler throws, once. */
  trouble: Error | undefined;
  private hand!: MessageHandler;
  private readonly options: NodeOptions;

  private constructor(options: NodeOptions) {
    this.options = options;
    this.id = options.id;
    this.disk = options.disk ?? new CrashingDisk();
  }

  static async start(options: NodeOptions): Promise<SessionNode> {
    const node = new SessionNode(options);
    await node.restart();
    return node;
  }

  /** A new process on the same disk. */
  async restart(): Promise<void> {
    this.store = this.disk.process();
    this.outbox = new StoredOutbox(this.store);
    this.sessions = new Sessions({
      identity: { id: this.id, agreement: await agreementKeyOf(this.options.secret) },
      store: this.store,
      outbox: this.outbox,
      frames: {
        update: (frame) => this.frames.push({ type: 'update', ...frame }),
        answer: (frame) => this.frames.push({ type: 'answer', ...frame }),
      },
      emit: (event) => this.events.push(event),
      random: this.options.random ?? randomBytes,
      newMessageId: () => this.newMessageId(),
      now: this.options.now,
    });
    await Inbox.open({
      link: {
        onReceive: (handler) => {
          this.hand = handler;
        },
      },
      store: this.store,
      handler: async ({ senderId, messageId, data }) => void (await this.receive({ senderId, messageId, data })),
    });
  }

  /** As a device takes what a relay delivers: through an inbox that knows what it has handled. May be acked when it has resolved. */
  async take(message: Arrived): Promise<void> {
    const others = { contentType: 'Other', signature: undefined, timestampSeconds: 0, ttlSeconds: 60, payload: {} };
    await this.hand({ ...message, ...others });
  }

  async publicKey(): Promise<Uint8Array> {
    return (await agreementKeyOf(this.options.secret)).publicKey;
  }

  async say(peerId: string, text: string): Promise<string> {
    const messageId = this.newMessageId();
    const message = { kind: 'message', head: { t: 'text' }, body: utf8(text), messageId, ttlSeconds: 60 } as const;
    await this.sessions.post(peerId, message);
    return messageId;
  }

  async receive(arrived: Arrived, handle?: (message: OpenedMessage) => Promise<void>): Promise<Received> {
    return this.sessions.receive(arrived, handle ?? ((message) => this.readText(message)));
  }

  private async readText({ body }: OpenedMessage): Promise<void> {
    const { trouble } = this;
    this.trouble = undefined;
    if (trouble !== undefined) throw trouble;
    this.read.push(textOf(body)!);
  }

  async takePosts(): Promise<SealedPost[]> {
    const posts: SealedPost[] = [];
    await this.outbox.flush((post) => posts.push(post));
    return posts;
  }

  failNextWrite(when: 'before' | 'after'): void {
    const write = this.store.write.bind(this.store);
    this.store.write = async (changes) => {
      this.store.write = write;
      if (when === 'after') await write(changes);
      throw new Error('the disk is full');
    };
  }

  takeFrames(): Frame[] {
    return this.frames.splice(0);
  }

  eventNames(): string[] {
    return this.events.map(({ name }) => name);
  }

  private newMessageId(): string {
    messageCount += 1;
    return `${this.id.slice(0, 8).toLowerCase()}-0000-4000-8000-${String(messageCount).padStart(12, '0')}`;
  }
}

export type Clock = { now: number };

/** Two devices that are paired, the first one with the smaller id. */
export async function pairedNodes(clock: Clock = { now: 1_800_000_000_000 }) {
  const now = () => clock.now;
  const one = await SessionNode.start({ id: smallerId, secret: new Uint8Array(32).fill(1), now });
  const other = await SessionNode.start({ id: largerId, secret: new Uint8Array(32).fill(2), now });
  await pair(one, other);
  return { one, other, clock };
}

export async function pair(one: SessionNode, other: SessionNode): Promise<void> {
  const root = randomBytes(32);
  await one.sessions.begin({ peerId: other.id, theirs: await other.publicKey(), root: root.slice() });
  await other.sessions.begin({ peerId: one.id, theirs: await one.publicKey(), root: root.slice() });
}

export function arrived(sender: SessionNode, { messageId, data }: SealedPost): Arrived {
  return { senderId: sender.id, messageId, data };
}

/** Everything that one has posted, read by the other. */
export async function carry(from: SessionNode, to: SessionNode): Promise<void> {
  for (const post of await from.takePosts()) await to.receive(arrived(from, post));
}

/** Frames and messages both ways, until neither has anything to say. */
export async function settle(one: SessionNode, other: SessionNode): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await carry(one, other);
    await carry(other, one);
    await carryFrames(one, other);
    await carryFrames(other, one);
  }
}

export async function carryFrames(from: SessionNode, to: SessionNode): Promise<void> {
  for (const frame of from.takeFrames()) await hand(frame, from, to);
}

export async function hand(frame: Frame, from: SessionNode, to: SessionNode): Promise<void> {
  const arriving = { ...frame, peerId: from.id };
  if (arriving.type === 'update') await to.sessions.onUpdate(arriving);
  else await to.sessions.onAnswer(arriving);
}
