import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { challengeMs, maxValues } from '../../../../shared/protocol/src/limits';
import { leastShare, registrationsOfAll } from '../../../../shared/state/src/holders/fair-share';
import { publishedBytes } from '../../../../shared/state/src/messages/forwarder';
import {
  largestPublished,
  pageBytes,
  pageMessages,
  pagesBytes,
  pagesMessages,
} from '../../../../shared/state/src/messages/message-queue';
import {
  defaultMaxItems,
  defaultMaxWaiting,
  maxCallBytes,
  maxWaitingBytes,
  stuckMs,
} from '../../../edge/src/batching/batch';
import { highWaterBytes } from '../../../edge/src/connection/backpressure';
import { maxEarly } from '../../../edge/src/connection/delivery-progress';
import { maxEarlyBytes, maxEarlyBytesOfNode, maxEarlyFrames } from '../../../edge/src/connection/early-frames';
import { maxRemembered, rememberedMs, resendMs } from '../../../edge/src/connection/in-flight';
import { maxHeld, maxHeldBytes, maxUnnoted } from '../../../edge/src/connection/live-only';
import { mostUntold } from '../../../edge/src/delivery/deregistrations';
import { baseBufferBytes } from '../../../edge/src/edge';
import { commandTimeoutMs } from '../../../edge/src/edge-parts';
import { maxChecks, renewals } from '../../../edge/src/holders/holder-checks';
import { bytesOfOne, mostUnderWay, mostWaiting, mostWaitingBytes } from '../../../edge/src/inbound/turns';
import { maxRequests, maxUnanswered, maxUnansweredBytes } from '../../../edge/src/routing/live-forwards';

const count = (value: number) => value.toLocaleString('en');
const seconds = (ms: number) => `${ms / 1000} s`;

function bytes(value: number): string {
  return value < 1024 ** 2 ? `${value / 1024} KiB` : `${value / 1024 ** 2} MiB`;
}

/** The figures of each row, in the order in which they stand there. */
const expected = {
  'a call for devices of a lane': [count(defaultMaxItems), bytes(maxCallBytes)],
  'messages of a connection that are being charged': [
    count(mostUnderWay),
    bytes(mostUnderWay * bytesOfOne),
    count(mostWaiting),
    bytes(mostWaitingBytes),
  ],
  'registrations of a node that are under way, and ends of them': [
    count(registrationsOfAll),
    count(leastShare),
    count(stuckMs),
  ],
  'messages waiting for one call of a lane': [count(defaultMaxWaiting), bytes(maxWaitingBytes)],
  'bytes on their way to one device': [bytes(highWaterBytes), bytes(4 * baseBufferBytes)],
  'a page of a pulled queue': [count(pageMessages), bytes(pageBytes), count(pagesMessages), bytes(pagesBytes)],
  'a published message': [bytes(largestPublished), bytes(publishedBytes)],
  'acked messages that a connection remembers, for a Redis that went back': [
    count(maxRemembered),
    seconds(rememberedMs),
    count(maxRemembered / 2),
    seconds(resendMs),
  ],
  'early acks of a connection': [count(maxEarly)],
  'live-only messages that wait for a connection to read its queue': [count(maxHeld), bytes(maxHeldBytes)],
  'live-only messages without an answer': [
    count(maxUnanswered),
    bytes(maxUnansweredBytes),
    seconds(commandTimeoutMs),
    count(maxRequests),
  ],
  'frames behind a first `Register`, which wait for its answer': [
    count(maxEarlyFrames),
    bytes(maxEarlyBytes),
    bytes(maxEarlyBytesOfNode),
  ],
  challenges: [seconds(challengeMs)],
  'live-only ids handed over that Redis has not noted yet': [count(maxUnnoted)],
  'keys and values of a frame': [count(maxValues)],
  'frames from devices': [],
  'a call that checks devices': [count(maxChecks)],
  'leases renewed in 15 s': [count(renewals.least)],
  'ends of sessions that Redis could not be told': [count(mostUntold)],
  'memory of an edge': [],
};

/** A number with its unit; codes of errors and closes are none. */
const figure = /\b(?!(?:400|503|1009)\b)\d[\d,]*(?:\.\d+)?(?: (?:MiB|KiB|s))?\b/g;

test('the bounds in ARCHITECTURE.md are those of the code', () => {
  const [, table = ''] = /^## Bounds\n\n((?:\|.*\n)+)/m.exec(
    readFileSync(join(repositoryRoot, 'ARCHITECTURE.md'), 'utf8'),
  )!;
  const rows = table.trim().split('\n').slice(2);
  const told = rows.map((row) => row.split(' | ')).map(([what, bound]) => [what!.slice(2), bound!.match(figure) ?? []]);
  expect(Object.fromEntries(told)).toEqual(expected);
});
