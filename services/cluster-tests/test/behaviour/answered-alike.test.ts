import { describe, expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { freshHardwareId, type TestDevice } from '@openrelay/testing';
import { absentId, knownDevice, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const rounds = 150;
/** A round asks about each, in an order that changes. */
const kinds = ['connected', 'offline', 'unknown'] as const;
/** How often a guess by the time of one answer may be right; half of the time it is by chance. */
const mostRight = 0.75;

const cluster = useCluster({ edges: 2, env: { ...unlimited, RELAY_HIDE_PRESENCE: '1' } });

/** How long the answer takes, in ms; what it says is the same of all. */
async function ask(sender: TestDevice, recipientId: string): Promise<number> {
  const sentAtMs = performance.now();
  const { sent, answer } = await sendAndAwaitAck(sender, recipientId, { ttl: 60 });
  const tookMs = performance.now() - sentAtMs;
  expect(answer).toEqual({ message_id: sent.message_id, status: 'queued', expires_at: expect.any(Number) });
  return tookMs;
}

/** Of all pairs of a time of one kind and a time of the other (Mann and Whitney's U), how many the better guess tells apart. */
function rightGuesses(some: readonly number[], others: readonly number[]): number {
  const longer = some.reduce((sum, one) => sum + others.filter((other) => other > one).length, 0);
  const share = longer / (some.length * others.length);
  return Math.max(share, 1 - share);
}

describe.each(placements)('where presence is hidden, $where', ({ from, to }) => {
  test('connected, offline and unknown recipients are answered alike, in word and in time', async () => {
    const sender = await knownDevice(cluster, cluster.edge(from));
    const connected = (await registeredDevice(cluster.edge(to))).hardwareId;
    const offline = await absentId(cluster.edge(to));
    const idOf = { connected: () => connected, offline: () => offline, unknown: freshHardwareId };
    const times: Record<(typeof kinds)[number], number[]> = { connected: [], offline: [], unknown: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const i of kinds.keys()) {
        const kind = kinds[(round + i) % kinds.length]!;
        times[kind].push(await ask(sender, idOf[kind]()));
      }
    }
    expect(rightGuesses(times.connected, times.offline)).toBeLessThan(mostRight);
    expect(rightGuesses(times.connected, times.unknown)).toBeLessThan(mostRight);
    expect(rightGuesses(times.offline, times.unknown)).toBeLessThan(mostRight);
  });
});
