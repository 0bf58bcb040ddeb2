import { describe, expect, test } from '@jest/globals';
import { unlimited } from '@openrelay/launch';
import { freshHardwareId, type TestDevice } from '@openrelay/testing';
import { absentId, knownDevice, placements, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const rounds = 300;
/** A round asks about each, in an order that changes. */
const kinds = ['connected', 'offline', 'unknown'] as const;
/** How many times as long as another's the answer of one kind may take: less than what asking Redis once more takes. */
const mostDifference = 1.75;

const cluster = useCluster({ edges: 2, env: { ...unlimited, RELAY_HIDE_PRESENCE: '1' } });

/** How long the answer takes, in ms; what it says is the same of all. */
async function ask(sender: TestDevice, recipientId: string): Promise<number> {
  const sentAtMs = performance.now();
  const { sent, answer } = await sendAndAwaitAck(sender, recipientId, { ttl: 60 });
  const tookMs = performance.now() - sentAtMs;
  expect(answer).toEqual({ message_id: sent.message_id, status: 'queued', expires_at: expect.any(Number) });
  return tookMs;
}

/** The time that a tenth of them do not exceed: the load of the machine only lengthens times, and these least. */
function shortOf(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[times.length / 10]!;
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
    const short = kinds.map((kind) => shortOf(times[kind]));
    expect(Math.max(...short) / Math.min(...short)).toBeLessThan(mostDifference);
  });
});
