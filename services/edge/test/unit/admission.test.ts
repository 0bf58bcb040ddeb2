import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deviceKeyOf, Sealed } from '@openrelay/protocol';
import type { Charged } from '@openrelay/state';
import { Tick } from '../../src/batching/tick';
import { Connection } from '../../src/connection/connection';
import { Admission } from '../../src/inbound/admission';
import type { Socket } from '../../src/sockets/transport';

const mib = 1024 * 1024;

/** A limiter that answers nobody, as Redis does while it hangs. */
function silentAdmission(refuse: () => void): Admission {
  return new Admission({
    tick: new Tick((asks) => asks()),
    link: { laneOf: () => 0 },
    limiter: { charge: () => new Promise<Charged[]>(() => {}) },
    allowance: { requestsPerMinute: 60, pointsPerMinute: 512 },
    bandwidth: { isUsedUp: false, describe: () => '' },
    queueMaxBytes: 32 * mib,
    monotonicMs: () => 0,
    replies: { refuse },
    router: { route: () => undefined },
  });
}

test('while Redis is silent, what waits to be charged is bounded by its bytes too', async () => {
  let refused = 0;
  const admission = silentAdmission(() => {
    refused += 1;
  });
  const sender = new Connection({} as Socket, 'msgpack', 0);
  const recipient = deviceKeyOf('AB'.repeat(32));
  const sealed = new Sealed('msgpack', new Uint8Array());
  const message = {
    shard: 0,
    sender,
    device: recipient,
    recipient,
    messageId: undefined,
    ttlMs: 0,
    kind: 'message' as const,
    sealed,
  };
  for (let sent = 0; sent < 200; sent += 1) {
    admission.admit({ ...message, payloadBytes: 10, points: 1, frameBytes: mib / 2 });
    if (sent === 0) await turn();
  }
  // Half a MiB under way, and 32 MiB behind it.
  expect(refused).toBe(200 - 1 - 64);
});
