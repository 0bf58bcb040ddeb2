import { beforeEach, expect, test } from '@jest/globals';
import { InFlight, type InFlightMessage } from '../../src/connection/in-flight';

const most = 10;
let inFlight: InFlight;

beforeEach(() => {
  inFlight = new InFlight(most);
});

/** Messages that were handed over and acknowledged by the device. */
function acked(count: number): InFlightMessage[] {
  return Array.from({ length: count }, (_, i) => {
    const message: InFlightMessage = {
      id: `id-${i}`,
      digest: `digest-${i}`,
      seq: i + 1,
      bytes: 1,
      ackable: true,
      expiresAtMs: 1000,
      writtenAtMs: 0,
      unprovenBytes: 0,
      next: undefined,
    };
    inFlight.add(message, 0);
    return inFlight.acknowledgeById(message.id)!;
  });
}

test('acks that did not get through are sent again once, in their order', () => {
  const messages = acked(3);
  for (const message of messages) inFlight.keepUnsent(message);
  expect(inFlight.takeUnsent()).toEqual(messages);
  expect(inFlight.takeUnsent()).toEqual([]);
});

test('an ack that was confirmed is not sent again', () => {
  const [one, other] = acked(2);
  for (const message of [one!, other!]) inFlight.keepUnsent(message);
  inFlight.confirm(one!, 0);
  inFlight.keepUnsent(one!);
  expect(inFlight.takeUnsent()).toEqual([other]);
});

test('after a recovery no ack is sent by its old number, and the message is known when the queue shows it', () => {
  const [message] = acked(1);
  inFlight.keepUnsent(message!);
  inFlight.forgetNumbers();
  expect(inFlight.takeUnsent()).toEqual([]);
  expect(inFlight.findAcked('digest-0')).toBe(message);
});

test('keeps no more than a queue may hold', () => {
  const messages = acked(2 * most);
  for (const message of messages) inFlight.keepUnsent(message);
  expect(inFlight.takeUnsent()).toEqual(messages.slice(-most));
});

test('what was acked before a recovery is known for as long as its sender may send it again, and then let go of', () => {
  const [message] = acked(1);
  inFlight.forgetNumbers();
  const next = () => ({ ...message!, id: 'next', next: undefined });
  inFlight.add(next(), 1000);
  inFlight.add(next(), 121_000);
  expect(inFlight.findAcked('digest-0')).toBe(message);
  inFlight.add(next(), 121_001);
  expect(inFlight.findAcked('digest-0')).toBeUndefined();
});

test('does not look through all messages for each one beyond its bound', () => {
  let looks = 0;
  for (let i = 0; i < 1000; i += 1) {
    const message = {
      id: `id-${i}`,
      digest: `digest-${i}`,
      seq: i + 1,
      bytes: 1,
      ackable: true,
      get expiresAtMs() {
        looks += 1;
        return 1000;
      },
      writtenAtMs: 0,
      unprovenBytes: 0,
      next: undefined,
    };
    inFlight.add(message, 0);
  }
  expect(looks).toBeLessThan(3000);
});
