import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { askRedis, type RunningRedis, startRedis } from '@openrelay/launch';
import { type DeviceKey, deviceKeyOf, Sealed } from '@openrelay/protocol';
import { freshHardwareId, RedisRig } from '@openrelay/testing';
import {
  type Acceptance,
  type Accepted,
  type Acknowledged,
  type Acknowledgement,
  accessRules,
  digestOf,
  type Envelope,
  MessageQueue,
  type Page,
  type PageLimit,
  type QueueRules,
  type Reader,
  RedisLink,
  type Registered,
  Registry,
  type RegistryRules,
  serviceNames,
} from '../../src/index';

import { shardPrefix } from '../../src/scripts/keys';
import { ChannelListener } from './channel-listener';
import { booksOf, holderOf, type Mailbox, readMailbox } from './mailbox';

type LinkOptions = ConstructorParameters<typeof RedisLink>[0];

/** Whoever asks may register, as often as it likes. */
export const freely: RegistryRules = { claims: 'optional', registrationsPerMinute: 0, pressure: () => 0 };

const generous: QueueRules = { maxMessages: 1000, maxBytes: 32 * 1024 * 1024, minReplicas: 0 };
export const commandTimeoutMs = 2000;

export function monotonicMs(): number {
  return performance.now();
}

export function linkTo(url: string, timeoutMs = commandTimeoutMs): RedisLink {
  return new RedisLink({ url, commandTimeoutMs: timeoutMs, monotonicMs });
}

export function freshDevice(): DeviceKey {
  return deviceKeyOf(freshHardwareId());
}

/** Far beyond the shards of any deployment, so that no two tests share a ledger. */
export function freshShard(): number {
  return randomInt(1_000_000, 2 ** 40);
}

export function freshName(kind: 'node' | 'session' | 'id'): string {
  return `${kind}-${randomBytes(8).toString('hex')}`;
}

export function envelopeOf(changes: Partial<Envelope> = {}): Envelope {
  const sealed = new Sealed('json', '{"type":"Receive","payload":{}}');
  const digest = randomBytes(16).toString('latin1');
  return { digest, sender: freshDevice(), id: freshName('id'), ackable: true, sealed, ...changes };
}

/** The same message for a recipient, where it goes by another digest. */
export function envelopeTo(recipient: DeviceKey, envelope: Envelope): Envelope {
  return { ...envelope, digest: digestOf(recipient, envelope.sender, envelope.id) };
}

export function envelopeOfSize(frameBytes: number): Envelope {
  return envelopeOf({ sealed: new Sealed('msgpack', Buffer.alloc(frameBytes, 7)) });
}

/** Which shard its recipient lies in is said with all others of the batch. */
export type Message = Omit<Acceptance, 'shard'>;

export function messageTo(recipient: DeviceKey, changes: Partial<Message> = {}): Message {
  const message = { recipient, ttlMs: 60_000, senderIsKnown: true, envelope: envelopeOf(), ...changes };
  return { ...message, envelope: envelopeTo(recipient, message.envelope) };
}

export function messagesTo(recipient: DeviceKey, count: number, changes: Partial<Message> = {}): Message[] {
  return Array.from({ length: count }, () => messageTo(recipient, changes));
}

/** A user with the rules of all services together: a script that calls what these do not allow fails its own tests. */
async function asServices(url: string): Promise<string> {
  const rules = serviceNames
    .flatMap((service) => accessRules(service).slice(2))
    .filter((rule) => !rule.startsWith('('));
  await askRedis(url, ['ACL', 'SETUSER', 'services', 'reset', 'on', '>pw', ...rules]);
  return url.replace('redis://', 'redis://services:pw@');
}

/** A queue that is asked for one shard at a time; each is a lane of its own here. */
export class ShardQueue {
  constructor(private readonly queue: MessageQueue) {}

  accept(shard: number, messages: Message[]): Promise<Accepted[]> {
    return this.queue.accept(
      shard,
      messages.map((message) => ({ ...message, shard })),
    );
  }

  pull(shard: number, readers: (Omit<Reader, 'shard'> & { shard?: number })[], most?: PageLimit): Promise<Page[]> {
    return this.queue.pull(
      shard,
      readers.map((reader) => ({ ...reader, shard })),
      most,
    );
  }

  acknowledge(shard: number, acks: Omit<Acknowledgement, 'shard'>[]): Promise<Acknowledged[]> {
    return this.queue.acknowledge(
      shard,
      acks.map((ack) => ({ ...ack, shard })),
    );
  }

  expire(shard: number, devices: DeviceKey[]): Promise<number> {
    return this.queue.expire(shard, devices);
  }
}

/** @property digest absent: that of the message that has this number in the mailbox */
type Ack = Pick<Acknowledgement, 'device' | 'session' | 'seq' | 'bytes'> & Partial<Acknowledgement>;

export class StateRig extends RedisRig<RedisLink> {
  readonly node = freshName('node');
  private readonly ends: (() => unknown)[] = [];

  constructor() {
    super(linkTo, asServices);
  }

  /** Ends something with the test that opened it. */
  endAfterTest(end: () => unknown): void {
    this.ends.push(end);
  }

  /** What was opened last ends first. */
  async endTest(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }

  /** A server for one test. */
  async ownRedis(): Promise<RunningRedis> {
    const server = await startRedis({ clusterMode: true });
    this.endAfterTest(() => server.stop());
    return server;
  }

  /** A connected link for one test. */
  async openLink({ url = this.linkUrl, ...options }: Partial<LinkOptions> = {}): Promise<RedisLink> {
    const link = new RedisLink({ url, commandTimeoutMs, monotonicMs, ...options });
    this.endAfterTest(() => link.close());
    await link.connect(5000);
    return link;
  }

  /** Subscribes to a channel for one test, as the node would. */
  async listen(shard: number, node: string): Promise<ChannelListener> {
    const listener = await ChannelListener.open(this.server.url, shard, node);
    this.endAfterTest(() => listener.close());
    return listener;
  }

  queue(caps: Partial<QueueRules> = {}, node = this.node, link = this.link): ShardQueue {
    return new ShardQueue(new MessageQueue(link, node, { ...generous, ...caps }));
  }

  registry(node = this.node, rules: Partial<RegistryRules> = {}): Registry {
    return new Registry(this.link, node, { ...freely, ...rules });
  }

  /** A time that no call of a test will run into, by Redis's clock. */
  get deadlineMs(): number {
    return this.link.clock.now() + 60_000;
  }

  /** Asks for something that Redis gets to after its asker has given up. */
  late<T>(ask: () => Promise<T>, { clock } = this.link): Promise<T> {
    const lagMs = 60_000;
    clock.begin(clock.now() - lagMs);
    const asked = ask();
    clock.begin(clock.now() + lagMs);
    return asked;
  }

  accept(shard: number, messages: Message[], queue = this.queue()): Promise<Accepted[]> {
    return queue.accept(shard, messages);
  }

  /** Acks messages by their numbers, as a device's edge does that was given them. */
  async acknowledge(shard: number, acks: Ack[], queue = this.queue()): Promise<Acknowledged[]> {
    const mailboxes = new Map<DeviceKey, Mailbox | undefined>();
    for (const { device } of acks) mailboxes.set(device, await this.mailbox(shard, device));
    const digestAt = (device: DeviceKey, seq: number) =>
      [...(mailboxes.get(device)?.numbers ?? [])].find(([, number]) => number === seq)?.[0] ?? '\0'.repeat(16);
    const whole = acks.map((ack) => ({ digest: digestAt(ack.device, ack.seq), expiresAtMs: 1, ...ack }));
    return queue.acknowledge(shard, whole);
  }

  /** Registers afresh and answers the session with what Redis answered. */
  async hold(shard: number, device: DeviceKey, node = this.node): Promise<{ session: string; answer: Registered }> {
    const session = freshName('session');
    const [answer] = await this.registry(node).register(shard, [{ shard, device, session, sinceMs: 0 }]);
    return { session, answer: answer! };
  }

  /** The relay knows these by time: as if they had been connected for ten minutes, on another day. */
  async makeKnown(shard: number, ...devices: DeviceKey[]): Promise<void> {
    const yesterday = Math.floor(this.link.clock.now() / 1000) - 86_400;
    for (const device of devices) await this.redis.zadd(`${shardPrefix(shard)}residents`, yesterday, device);
    await this.redis.expire(`${shardPrefix(shard)}residents`, 30 * 86_400);
  }

  /** A known device of its own that is not here, in a shard of its own. */
  async known(): Promise<{ shard: number; device: DeviceKey }> {
    const [shard, device] = [freshShard(), freshDevice()];
    await this.makeKnown(shard, device);
    return { shard, device };
  }

  /** A device of its own that is held, in a shard of its own. */
  async held(node = this.node) {
    const [shard, device] = [freshShard(), freshDevice()];
    return { shard, device, ...(await this.hold(shard, device, node)) };
  }

  /** The counts of a shard's ledger. */
  async ledger(shard: number): Promise<{ accepted: number; acked: number; expired: number }> {
    const { accepted = '0', acked = '0', expired = '0' } = await this.redis.hgetall(`${shardPrefix(shard)}ledger`);
    return { accepted: Number(accepted), acked: Number(acked), expired: Number(expired) };
  }

  /** The bytes that a shard's queues take, by its ledger. */
  async bookedBytes(shard: number): Promise<number> {
    return Number((await this.redis.hget(`${shardPrefix(shard)}ledger`, 'bytes')) ?? 0);
  }

  /** The devices in the set of a node. */
  async heldBy(shard: number, node: string): Promise<string[]> {
    const members = await this.redis.smembersBuffer(this.key(shard, 'node', node));
    return members.map((member) => member.toString('hex').toUpperCase()).sort();
  }

  /** What a device's mailbox says of it; none where there is no mailbox. */
  async mailbox(shard: number, device: DeviceKey): Promise<Mailbox | undefined> {
    return readMailbox((await this.redis.callBuffer('HGETALL', this.key(shard, 'box', device))) as Buffer[]);
  }

  /** How many messages wait for a device. */
  async depth(shard: number, device: DeviceKey): Promise<number> {
    return (await this.mailbox(shard, device))?.messages.size ?? 0;
  }

  /** Lets a message have been accepted two minutes ago and more, and expired a second ago, with nobody having swept it. */
  async letExpire(shard: number, device: DeviceKey, seq: number): Promise<void> {
    const envelope = (await this.mailbox(shard, device))!.messages.get(seq)!;
    envelope.writeBigUInt64BE(BigInt(Date.now() - 1000), 2);
    envelope.writeBigUInt64BE(BigInt(Date.now() - 121_000), 11);
    await this.redis.hset(this.key(shard, 'box', device), `${seq}`, envelope);
  }

  /** Writes the holder or the books of a mailbox anew, as if they had always been so. */
  async changeMailbox(shard: number, device: DeviceKey, changes: Partial<Mailbox>): Promise<void> {
    const key = this.key(shard, 'box', device);
    const mailbox = { ...(await this.mailbox(shard, device))!, ...changes };
    await this.redis.hset(key, 'd', holderOf(mailbox), 'b', booksOf(mailbox));
  }

  key(
    shard: number,
    kind: 'box' | 'shares' | 'used' | 'ids' | 'node' | 'claim' | 'contacts' | 'registrations' | 'pairings',
    of: string,
  ): string {
    return `${shardPrefix(shard)}${kind}:${of}`;
  }
}

/** A rig for the tests of a file. */
export function useStateRig(): StateRig {
  const rig = new StateRig();
  beforeAll(() => rig.start());
  afterEach(() => rig.endTest());
  afterAll(() => rig.stop());
  return rig;
}
