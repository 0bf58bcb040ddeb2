import { expect, test } from '@jest/globals';
import { createMetrics } from '@openrelay/telemetry';
import { Replies } from '../../src/connection/replies';
import { register } from '../../src/inbound/commands/register';
import { connectionIn, openSocket } from './edge-rig';

/** How many of 700 `Register`s of one connection are begun. */
function begunIn(state: Parameters<typeof connectionIn>[0], publicKey: Uint8Array | undefined): number {
  let begun = 0;
  const replies = new Replies({
    outbox: { add: () => undefined },
    metrics: createMetrics(),
    controlFramesPerMinute: 600,
    monotonicMs: () => 1000,
  });
  const challenges = { begin: () => (begun += 1) };
  const parts = { replies, challenges, floods: { waitMs: () => 0 } };
  const connection = connectionIn(state, openSocket());
  const claimedId = connection.hardwareId || 'a'.repeat(32);
  const message = { type: 'Register', claimedId, acks: true, presence: 'shown', publicKey } as const;
  for (let i = 0; i < 700; i += 1) register(parts, connection, message);
  return begun;
}

test('a connection that has its device pays for each further proof of a key; a first one costs no more than a Register', () => {
  const key = new Uint8Array(32);
  expect(begunIn('registered', key)).toBe(Math.floor(600 / 16));
  expect(begunIn('registered', undefined)).toBe(600);
  expect(begunIn('unregistered', key)).toBe(16);
});
