import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { Charged, Limiter } from '@openrelay/state';
import { Tick } from '../../src/batching/tick';
import type { BandwidthMeter } from '../../src/connection/bandwidth-meter';
import { Connection } from '../../src/connection/connection';
import { Admission } from '../../src/inbound/admission';
import type { Socket } from '../../src/sockets/transport';

const mib = 1024 * 1024;

/** A limiter that answers nobody, as Redis does while it hangs. */
function silentAdmission(refuse: () => void): Admission {
  return new Admission({
    tick: new Tick((asks) => asks()),
    shards: 1,
    limiter: { charge: () => new Promise<Charged[]>(() => {}) } as unknown as Limiter,
    allowance: { requestsPerMinute: 60, pointsPerMinute: 512 },
    bandwidth: { isUsedUp: false } as BandwidthMeter,
    queueMaxBytes: 32 * mib,
    monotonicMs: () => 0,
    refuse,
  });
}

test('while Redis is silent, what waits to be charged is bounded by its bytes too', async () => {
  let refused = 0;
  const admission = silentAdmission(() => {
    refused += 1;
  });
  const connection = new Connection({} as Socket, 'msgpack', 0);
  for (let sent = 0; sent < 200; sent += 1) {
    admission.admit(connection, { payloadBytes: 10, excessBytes: 0 }, mib / 2, () => {});
    if (sent === 0) await turn();
  }
  // Half a MiB under way, and 32 MiB behind it.
  expect(refused).toBe(200 - 1 - 64);
});
