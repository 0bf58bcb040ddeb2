import { expect, test } from '@jest/globals';
import type { DeviceKey } from '@openrelay/protocol';
import fc from 'fast-check';
import { type Accepted, envelopeBytes, Ledger, type Registry } from '../../src/index';
import { ChannelListener } from './channel-listener';
import { ModelDevice, type ModelMessage, type ModelVerdict, type Place } from './queue-model';
import {
  envelopeOfSize,
  freshDevice,
  freshName,
  freshShard,
  messageTo,
  type ShardQueue,
  useStateRig,
} from './state-rig';

const rig = useStateRig();
const shard = freshShard();
const maxMessages = 8;
const nodes: Record<Place, string> = { here: rig.node, listening: freshName('node'), dead: freshName('node') };
const senders = [freshDevice(), freshDevice(), freshDevice()];

/** A device beside its model: each step is made in both, and what they answer is compared. */
class Pair {
  readonly device: DeviceKey = freshDevice();
  readonly model = new ModelDevice(maxMessages);
  /** The sessions that the device has had, the newest last, and one that it never had. */
  readonly sessions = [freshName('session')];

  constructor(
    private readonly queue: ShardQueue,
    private readonly registries: Record<Place, Registry>,
  ) {}

  session(age: number): string {
    return this.sessions.at(-1 - (age % this.sessions.length))!;
  }

  async register(place: Place): Promise<void> {
    const session = freshName('session');
    this.sessions.push(session);
    const [answer] = await this.registries[place].register(shard, [
      { shard, device: this.device, session, sinceMs: 0 },
    ]);
    expect(answer).toMatchObject({ status: 'registered', ...this.model.register(session, place) });
    // It may be said too often, but never too seldom.
    if (this.model.queue.some(({ life }) => life === 'expired')) expect(answer).toMatchObject({ isStale: true });
  }

  async deregister(age: number, manner: 'closed' | 'offline'): Promise<void> {
    const departure = { shard, device: this.device, session: this.session(age), manner };
    const departed = await this.registries.here.deregister(shard, [departure]);
    expect(departed).toBe(this.model.deregister(departure.session, manner));
  }

  async pull(age: number, cursor: number): Promise<void> {
    const session = this.session(age);
    const [page] = await this.queue.pull(shard, [{ device: this.device, session, cursor }]);
    const last = this.model.queue.at(-1)?.seq ?? 0;
    const wanted = this.model.pull(session, cursor);
    if (page?.status !== 'page') return expect(wanted).toBe('gone');
    const read = page.messages.map(({ seq, bytes, envelope }) => ({ seq, bytes, id: envelope.id }));
    expect(read).toMatchObject(wanted === 'gone' ? [] : wanted.map(({ seq, bytes, id }) => ({ seq, bytes, id })));
    expect(page).toMatchObject({ more: false, cursor: Math.max(cursor, last) });
  }

  async acknowledge(age: number, at: number): Promise<void> {
    const queued = this.model.queue[at % Math.max(1, this.model.queue.length)];
    const { seq, bytes } = queued ?? { seq: at, bytes: 1 };
    const session = this.session(age);
    const acked = await rig.acknowledge(shard, [{ device: this.device, session, seq, bytes }]);
    expect(acked.filter((outcome) => outcome === 'taken')).toHaveLength(this.model.acknowledge(session, seq));
  }

  async expire(): Promise<void> {
    expect(await this.queue.expire(shard, [this.device])).toBe(this.model.expire());
  }

  async check(age: number): Promise<void> {
    const session = this.session(age);
    const [state] = await this.registries.here.check(shard, [{ shard, device: this.device, session }]);
    const status = this.model.check(session);
    expect(state).toEqual(status === 'holds' ? { status, seq: this.model.seq } : { status });
  }

  /** What lies in Redis is what the model says, and adds up. */
  async compare(): Promise<void> {
    const mailbox = await rig.mailbox(shard, this.device);
    const messages = [...(mailbox?.messages ?? [])].sort(([one], [other]) => one - other);
    expect(messages.map(([seq]) => seq)).toEqual(this.model.queue.map(({ seq }) => seq));
    expect([...(mailbox?.numbers.values() ?? [])].sort((a, b) => a - b)).toEqual(messages.map(([seq]) => seq));
    expect(mailbox?.seq ?? 0).toBe(this.model.seq);
    if (messages.length > 0) {
      expect(mailbox!.bytes).toBe(messages.reduce((sum, [, envelope]) => sum + envelope.length, 0));
      expect(mailbox!.head).toBeLessThanOrEqual(messages[0]![0]);
    }
    expect(mailbox?.session ?? '').toBe(this.model.session ?? '');
    expect(mailbox?.node ?? '').toBe(this.model.place ? nodes[this.model.place] : '');
    await this.compareShares(mailbox?.flags.includes('counted') ?? false);
  }

  /** Once they are counted they are right, to the byte. */
  private async compareShares(areCounted: boolean): Promise<void> {
    const shares = await rig.redis.hgetall(rig.key(shard, 'shares', this.device));
    const owned = senders.map((sender) => [sender, this.model.shareOf(sender)] as const);
    const wanted = owned.flatMap(([sender, { messages, bytes }]) =>
      messages > 0 ? [[sender, `${messages}:${bytes}`]] : [],
    );
    expect(shares).toEqual(areCounted ? Object.fromEntries(wanted) : {});
  }
}

type Step = { run: (pairs: Pair[]) => Promise<void>; [fc.toStringMethod]: () => string };

const device = fc.nat(1);
const cursor = fc.constantFrom(0, 0, 1, 3, 8);
const age = fc.constantFrom(0, 0, 0, 1, 2);

function step<Values extends unknown[]>(
  name: string,
  values: fc.Arbitrary<Values>,
  run: (pairs: Pair[], ...values: Values) => Promise<void>,
) {
  return values.map(
    (given): Step => ({
      run: (pairs) => run(pairs, ...given),
      [fc.toStringMethod]: () => `${name} ${JSON.stringify(given)}`,
    }),
  );
}

const message = fc.record({
  to: device,
  from: fc.constantFrom(...senders),
  sender: fc.constantFrom<ModelMessage['sender']>('known', 'known', 'unknown'),
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  life: fc.constantFrom<ModelMessage['life']>('lasting', 'lasting', 'expired'),
  repeatable: fc.constantFrom(true, true, false),
  frameBytes: fc.constantFrom(0, 300),
});

type Sending = Omit<ModelMessage, 'bytes'> & { to: number; frameBytes: number };

let unique = 0;

async function accept(pairs: Pair[], batch: Sending[]): Promise<void> {
  const sent = batch.map((each) => {
    const id = each.repeatable ? each.id : `once-${++unique}`;
    const envelope = { ...envelopeOfSize(each.frameBytes), sender: each.from, id };
    return { ...each, id, envelope, bytes: envelopeBytes(envelope) };
  });
  const messages = sent.map(({ to, life, sender, envelope }) => {
    const ttlMs = life === 'expired' ? 0 : 600_000;
    return messageTo(pairs[to]!.device, { ttlMs, senderIsKnown: sender === 'known', envelope });
  });
  const answers = await rig.accept(shard, messages, rig.queue({ maxMessages }));
  const wanted = sent.map((each) => pairs[each.to]!.model.accept(each));
  for (const [i, answer] of answers.entries()) expectVerdict(answer, wanted[i]!, pairs[sent[i]!.to]!.model);
  for (const [to, { model }] of pairs.entries()) model.endBatch(wanted.filter((_, i) => sent[i]!.to === to));
}

function expectVerdict(answer: Accepted, wanted: ModelVerdict, model: ModelDevice): void {
  if (wanted.status === 'full or stale') {
    expect(['full', 'stale']).toContain(answer.status);
    return;
  }
  expect(answer).toMatchObject(wanted.status === 'local' ? { ...wanted, session: model.session } : wanted);
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: step('accept', fc.tuple(fc.array(message, { minLength: 1, maxLength: 5 })), accept) },
  {
    weight: 3,
    arbitrary: step(
      'register',
      fc.tuple(device, fc.constantFrom<Place>('here', 'listening', 'dead')),
      (pairs, to, place) => pairs[to]!.register(place),
    ),
  },
  {
    weight: 2,
    arbitrary: step(
      'deregister',
      fc.tuple(device, age, fc.constantFrom('closed' as const, 'offline' as const)),
      (pairs, to, session, manner) => pairs[to]!.deregister(session, manner),
    ),
  },
  {
    weight: 3,
    arbitrary: step('pull', fc.tuple(device, age, cursor), (pairs, to, session, after) =>
      pairs[to]!.pull(session, after),
    ),
  },
  {
    weight: 8,
    arbitrary: step('acknowledge', fc.tuple(device, age, fc.nat(8)), (pairs, to, session, at) =>
      pairs[to]!.acknowledge(session, at),
    ),
  },
  { weight: 1, arbitrary: step('expire', fc.tuple(device), (pairs, to) => pairs[to]!.expire()) },
  { weight: 1, arbitrary: step('check', fc.tuple(device, age), (pairs, to, session) => pairs[to]!.check(session)) },
);

test('whatever devices do, queues are what the plainest model says, and the ledger says so in messages and bytes', async () => {
  const listener = await ChannelListener.open(rig.server.url, shard, nodes.listening);
  const outcome = fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 60, size: 'max' }), async (steps) => {
      const registries = {
        here: rig.registry(nodes.here),
        listening: rig.registry(nodes.listening),
        dead: rig.registry(nodes.dead),
      };
      const queue = rig.queue({ maxMessages });
      const pairs = [0, 1].map(() => new Pair(queue, registries));
      const before = await rig.ledger(shard);
      const bytesBefore = await rig.bookedBytes(shard);
      for (const { run } of steps) await run(pairs);
      for (const pair of pairs) await pair.compare();
      const after = await rig.ledger(shard);
      const sum = (name: keyof typeof after) => pairs.reduce((total, { model }) => total + model.ledger[name], 0);
      expect(after).toEqual({
        accepted: before.accepted + sum('accepted'),
        acked: before.acked + sum('acked'),
        expired: before.expired + sum('expired'),
      });
      const queued = pairs.reduce((total, { model }) => total + model.queue.length, 0);
      expect(sum('accepted')).toBe(sum('acked') + sum('expired') + queued);
      const bytes = pairs.flatMap(({ model }) => model.queue).reduce((total, each) => total + each.bytes, 0);
      expect(await rig.bookedBytes(shard)).toBe(bytesBefore + bytes);
      expect((await new Ledger(rig.link).audit(shard)).status).toBe('balanced');
    }),
    { numRuns: 300, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false },
  );
  await outcome.finally(() => listener.close());
});
