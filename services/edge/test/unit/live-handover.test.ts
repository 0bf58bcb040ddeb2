import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import { type DeliveryOutcome, type Envelope, type LiveAnswer, liveDigestOf } from '@openrelay/state';
import { holdingOf, progressOf } from '../../src/connection/connection';
import type { ConnectionState } from '../../src/connection/connection-state';
import { InFlight } from '../../src/connection/in-flight';
import type { LiveOffer } from '../../src/connection/live-only';
import { connectionIn, deliveryRig, digestFor, nowMs, openSocket } from './edge-rig';

const device = deviceKeyOf('AB'.repeat(32));

/** A node that holds one device, whose queue Redis does not let it read. */
function handoverTo(
  options: { answer?: () => Promise<number>; fetched?: Promise<Envelope[]>; state?: ConnectionState } = {},
) {
  const [written, answered]: [(string | Uint8Array)[], LiveAnswer[]] = [[], []];
  const { answer = async () => 1, fetched = Promise.resolve([]), state = 'registered' } = options;
  const told: [number, DeliveryOutcome][] = [];
  const redis = {
    pull: () => new Promise<never>(() => undefined),
    answer: (_: number, batch: LiveAnswer[]) => {
      answered.push(...batch);
      return answer();
    },
    fetch: () => fetched,
  };
  const { offers, handover, answers } = deliveryRig(redis, { answered: (...said) => void told.push(said) });
  const connection = connectionIn(state, openSocket(written));
  const outcomes = async (): Promise<DeliveryOutcome[]> => {
    for (let count = 0; count < 10; count += 1) await turn();
    return answered.map(({ outcome }) => outcome);
  };
  const isIdle = () => handover.isIdle && answers.isIdle;
  return { offers, handover, isIdle, told, connection, written, outcomes };
}

function envelopeOf(id: string, encoding: 'json' | 'msgpack' = 'json', frame: string | Uint8Array = id): Envelope {
  return { digest: digestFor(id), sender: 'S', id, ackable: true, sealed: new Sealed(encoding, frame) };
}

function offerOf(id: string, changes: Partial<LiveOffer> = {}): LiveOffer {
  const content = envelopeOf(id);
  const asked = { device, asker: 'asker', number: 1, deadlineMs: nowMs + 700, seq: 0 };
  return { ...asked, digest: liveDigestOf(content), content, bytes: id.length, ...changes };
}

test('a repeat of what was handed over is answered and not handed over again, while Redis does not know of it', async () => {
  const { offers, connection, written, outcomes } = handoverTo({ answer: () => Promise.reject(new Error('lost')) });
  offers.offer(connection, offerOf('id'));
  expect(await outcomes()).toEqual(['handed']);
  offers.offer(connection, offerOf('ID'));
  expect(await outcomes()).toEqual(['handed', 'handed']);
  expect(written).toEqual(['id']);
  expect(connection.liveOnly?.wasHandedOver(envelopeOf('Id'))).toBe(true); // stored under the same id since
});

test.each(['not acked', 'acked'])(
  'what the connection was handed from its queue, and has %s, is not handed over again when Redis has forgotten it',
  async (state) => {
    const { offers, connection, written, outcomes } = handoverTo();
    const times = { expiresAtMs: nowMs + 60_000, writtenAtMs: 0, unprovenBytes: 0 };
    const message = { ...times, digest: digestFor('id'), id: 'id', seq: 1, bytes: 1, ackable: true, next: undefined };
    const inFlight = new InFlight(10);
    progressOf(connection).inFlight = inFlight;
    inFlight.add(message, nowMs);
    if (state === 'acked') {
      inFlight.acknowledge(message);
      inFlight.forgetNumbers();
    }
    offers.offer(connection, offerOf('ID'));
    expect(await outcomes()).toEqual(['handed']);
    expect(written).toEqual([]);
    offers.offer(connection, offerOf('other'));
    expect(await outcomes()).toEqual(['handed', 'handed']);
    expect(written).toEqual(['other']);
  },
);

test('a message of this node’s own is answered here, and Redis is told of one that has an id', async () => {
  const { offers, told, connection, outcomes } = handoverTo();
  offers.offer(connection, offerOf('id', { asker: '', number: 7 }));
  offers.offer(undefined, offerOf('', { asker: '', number: 8, digest: '' }));
  expect(await outcomes()).toEqual(['handed']);
  expect(told).toEqual([
    [8, 'absent'],
    [7, 'handed'],
  ]);
});

test('nothing is remembered of what Redis knows of', async () => {
  const { offers, connection, outcomes } = handoverTo();
  offers.offer(connection, offerOf('id'));
  expect(await outcomes()).toEqual(['handed']);
  expect(connection.liveOnly?.remembers(offerOf('id').digest)).toBe(false);
});

test('what comes after its deadline is neither handed over nor answered', async () => {
  const { offers, connection, written, outcomes } = handoverTo();
  offers.offer(connection, offerOf('id', { deadlineMs: nowMs - 1 }));
  expect(await outcomes()).toEqual([]);
  expect(written).toEqual([]);
});

test('what waited for the queue is not handed over after its deadline, and keeps nothing', async () => {
  const { offers, handover, isIdle, connection, written, outcomes } = handoverTo();
  progressOf(connection).want(5);
  const late = offerOf('late');
  offers.offer(connection, late);
  offers.offer(connection, offerOf('timely'));
  expect(isIdle()).toBe(false);
  late.deadlineMs = nowMs - 1;
  offers.dropLate();
  progressOf(connection).advance(5);
  handover.release(connection, 6);
  expect(await outcomes()).toEqual(['handed']);
  expect(written).toEqual(['timely']);
  expect(connection.liveOnly?.isHolding).toBe(false);
  expect(isIdle()).toBe(true);
});

test.each(['registering', 'unregistered', 'offline', 'closed'] as const)(
  'a connection that is %s gets nothing',
  async (state) => {
    const { offers, connection, written, outcomes } = handoverTo({ state });
    offers.offer(connection, offerOf('id'));
    expect(await outcomes()).toEqual([state === 'registering' ? 'behind' : 'absent']);
    expect(written).toEqual([]);
  },
);

test('a connection that is closed in the turn in which it was handed a message did not get it', async () => {
  const { offers, connection, outcomes } = handoverTo();
  offers.offer(connection, offerOf('id'));
  holdingOf(connection).on('closed');
  expect(await outcomes()).toEqual(['absent']);
});

test('what the recipient’s encoding cannot say is not said to be delivered', async () => {
  const { offers, connection, written, outcomes } = handoverTo();
  const content = envelopeOf('id', 'msgpack', Uint8Array.of(0x81));
  offers.offer(connection, offerOf('id', { content }));
  expect(await outcomes()).toEqual(['absent']);
  expect(written).toEqual([]);
});

test('what waits for a connection is refused when its reason to wait is gone', async () => {
  const { offers, handover, isIdle, connection, written, outcomes } = handoverTo();
  progressOf(connection).want(5);
  for (const id of ['one', 'two']) offers.offer(connection, offerOf(id));
  handover.abandon(connection, 'absent');
  handover.release(connection, 6);
  expect(await outcomes()).toEqual(['absent', 'absent']);
  expect(written).toEqual([]);
  expect(isIdle()).toBe(true);
});

test('what waits for a connection is bounded in number and in bytes; one may be of any size', async () => {
  const many = handoverTo();
  progressOf(many.connection).want(5);
  for (let count = 0; count < 65; count += 1) many.offers.offer(many.connection, offerOf(`id ${count}`));
  expect(await many.outcomes()).toEqual(['behind']);

  const large = handoverTo();
  progressOf(large.connection).want(5);
  large.offers.offer(large.connection, offerOf('first', { bytes: 16 * 1024 * 1024 }));
  large.offers.offer(large.connection, offerOf('second', { bytes: 1 }));
  expect(await large.outcomes()).toEqual(['behind']);
  large.handover.release(large.connection, 6);
  expect(await large.outcomes()).toEqual(['behind', 'handed']);
  expect(large.written).toEqual(['first']);
});

test('a message comes after what the queue held when it was forwarded, though nothing was heard of that', async () => {
  const { offers, handover, connection, written, outcomes } = handoverTo();
  offers.offer(connection, offerOf('id', { seq: 3 }));
  handover.release(connection, 3);
  expect(await outcomes()).toEqual([]);
  expect(connection.progress).toMatchObject({ wanted: 3, isPulling: true });
  handover.release(connection, 4);
  expect(await outcomes()).toEqual(['handed']);
  expect(written).toEqual(['id']);
});

test('what is behind a message that is being fetched waits for it, and goes on when it cannot be had', async () => {
  let fetch: (envelopes: Envelope[]) => void = () => {};
  const fetched = new Promise<Envelope[]>((resolve) => {
    fetch = resolve;
  });
  const { offers, connection, written, outcomes } = handoverTo({ fetched });
  offers.offer(connection, offerOf('large', { content: 'node.1' }));
  offers.offer(connection, offerOf('small'));
  expect(connection.liveOnly?.blocks(1)).toBe(true);
  expect(await outcomes()).toEqual([]);
  fetch([]); // its time was up
  expect(await outcomes()).toEqual(['behind', 'handed']);
  expect(written).toEqual(['small']);
  expect(connection.liveOnly?.blocks(1)).toBe(false);
});
