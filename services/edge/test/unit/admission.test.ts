import { expect, test } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import type { Charged } from '@openrelay/state';
import { eventually } from '@openrelay/testing';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import { Admission, type AdmissionParts, type AdmissionRequest } from '../../src/inbound/admission';
import { mostUnderWay, mostWaitingBytes } from '../../src/inbound/turns';
import type { Socket } from '../../src/sockets/transport';

const mib = 1024 * 1024;

type Limiter = AdmissionParts['limiter'];

/** A limiter that answers nobody, as Redis does while it hangs. */
const silent: Limiter = { charge: () => new Promise<Charged[]>(() => {}) };

function admissionOver(limiter: Limiter, { refuse = () => undefined, route = () => undefined }: Answers = {}) {
  return new Admission({
    tick: new Tick((asks) => asks()),
    link: { laneOf: () => 0 },
    limiter,
    allowance: { requestsPerMinute: 60, pointsPerMinute: 512 },
    bandwidth: { isUsedUp: false, describe: () => '' },
    queueMaxBytes: 32 * mib,
    monotonicMs: () => 0,
    replies: { refuse },
    router: { route },
  });
}

type Answers = { refuse?: () => void; route?: AdmissionParts['router']['route'] };

const recipient = deviceKeyOf('AB'.repeat(32));
const sealed = new Sealed('msgpack', new Uint8Array());

function message(sender: Connection, points: number, frameBytes = 10): AdmissionRequest {
  const routed = { messageId: undefined, ttlMs: 0, kind: 'message' as const, sealed };
  return { shard: 0, sender, device: recipient, recipient, ...routed, payloadBytes: 10, points, frameBytes };
}

const newSender = () => new Connection({} as Socket, 'msgpack', 0);

test('while Redis is silent, what waits to be charged is bounded by its bytes too', () => {
  let refused = 0;
  const refuse = () => {
    refused += 1;
  };
  const admission = admissionOver(silent, { refuse });
  const sender = newSender();
  for (let sent = 0; sent < 200; sent += 1) admission.admit(message(sender, 1, mib / 2));
  const waiting = mostWaitingBytes / (mib / 2);
  expect(refused).toBe(200 - 1 - waiting);
});

test('of many messages of one sender few leave at a time, in order, so that those of others wait for few', async () => {
  const sent = 8 * mostUnderWay;
  const numbersTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
  const calls: number[][] = [];
  const routed: number[] = [];
  const charge: Limiter['charge'] = async (_, requests) => {
    calls.push(requests.map(({ points }) => points));
    return requests.map(() => ({ status: 'passed' }));
  };
  const admission = admissionOver(
    { charge },
    { route: (request) => void routed.push((request as AdmissionRequest).points) },
  );
  const [busy, other] = [newSender(), newSender()];
  for (let number = 1; number <= sent; number += 1) admission.admit(message(busy, number));
  admission.admit(message(other, 100));
  await eventually(() => expect(routed).toHaveLength(sent + 1));
  expect(calls[0]).toEqual([...numbersTo(mostUnderWay), 100]);
  for (const call of calls.slice(1)) expect(call).toHaveLength(mostUnderWay);
  expect(routed.filter((number) => number !== 100)).toEqual(numbersTo(sent));
});

test('a large message leaves alone, and neither passes those before it nor is passed by those behind it', async () => {
  const calls: number[][] = [];
  const charge: Limiter['charge'] = async (_, requests) => {
    calls.push(requests.map(({ points }) => points));
    return requests.map(() => ({ status: 'passed' }));
  };
  const admission = admissionOver({ charge });
  const sender = newSender();
  for (const [points, bytes] of [
    [1, 10],
    [2, 100_000],
    [3, 10],
    [4, 20_000],
    [5, 20_000],
    [6, 100_000],
  ] as const) {
    admission.admit(message(sender, points, bytes));
  }
  await eventually(() => expect(calls.flat()).toHaveLength(6));
  expect(calls).toEqual([[1], [2], [3, 4], [5], [6]]);
});

test('what waits behind the last request of a minute is refused without another call', async () => {
  let [calls, refused] = [0, 0];
  const charge: Limiter['charge'] = async (_, requests) => {
    calls += 1;
    return requests.map(() => ({ status: 'refused', limit: 'requests', retryAfterMs: 1000 }));
  };
  const refuse = () => {
    refused += 1;
  };
  const admission = admissionOver({ charge }, { refuse });
  const sender = newSender();
  for (let sent = 0; sent < 60; sent += 1) admission.admit(message(sender, 1));
  await eventually(() => expect(refused).toBe(60));
  expect(calls).toBe(1);
});

test('a charge that failed lets the next ones go', async () => {
  let refused = 0;
  const refuse = () => {
    refused += 1;
  };
  const admission = admissionOver({ charge: () => Promise.reject(new Error('away')) }, { refuse });
  const sender = newSender();
  for (let sent = 0; sent < 60; sent += 1) admission.admit(message(sender, 1));
  await eventually(() => expect(refused).toBe(60));
  expect(sender.chargesUnderWay).toBe(0);
});
