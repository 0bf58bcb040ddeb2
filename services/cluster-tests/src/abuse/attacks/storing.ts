import { contactTag, DeviceSigner } from '@openrelay/testing';
import type { AbuseCluster } from '../abuse-cluster';
import type { Attack, Orders, Stage, Tally } from '../attack';
import { freshId, WireDevice, type WireDeviceOptions } from '../wire/wire-device';
import { bytes, count, countsOf, edgeOf, from, many, of, repeat } from './attacking';

/** Under eight points each, so that 60 of them are within a device's minute. */
const largeText = 'A'.repeat(8000);
const weekSeconds = 7 * 86_400;

/** Fresh ids, each with its 60 messages, all at once. */
async function spend(orders: Orders, tally: Tally, runner: number, recipient: () => string, own: WireDeviceOptions) {
  const { device, answer } = await WireDevice.arrive(edgeOf(orders, runner), { ...from(orders), ...own });
  count(tally, answer === 'registered' ? 'ids' : `not registered: ${answer}`);
  const sends = Array.from({ length: 60 }, () =>
    device.send(recipient(), { encrypted_data: largeText, ttl: weekSeconds }),
  );
  for (const { answer } of await Promise.all(sends)) {
    count(tally, `answer ${answer}`);
    if (answer === 'queued') count(tally, 'stored', largeText.length);
  }
  device.disconnect();
}

export const madeUpRecipients: Attack = {
  name: 'made-up-recipients',
  summary: 'messages to made-up recipients',
  async act(orders) {
    const tally: Tally = {};
    await repeat(orders, many(orders, 32), tally, (runner) => spend(orders, tally, runner, freshId, {}));
    return tally;
  },
  got: (tally) =>
    `${bytes(of(tally, 'stored'))} stored with ${of(tally, 'ids')} ids; answers ${countsOf(tally, 'answer ')}`,
};

/** A victim that is away, and a friend of its that has claimed its id; a `listed` victim takes messages from the friend alone. */
async function stageVictim(cluster: AbuseCluster, manner: 'open' | 'listed') {
  const [edge, other] = cluster.places;
  const { device: friend } = await WireDevice.arrive(other!, { key: DeviceSigner.ofEd25519() });
  const own = manner === 'listed' ? { key: DeviceSigner.ofEd25519() } : {};
  const { device: victim } = await WireDevice.arrive(edge!, own);
  if (manner === 'listed') await victim.listOnly([contactTag(victim.hardwareId, friend.hardwareId)]);
  victim.disconnect();
  return { victimId: victim.hardwareId, friend };
}

async function stageQueue(cluster: AbuseCluster, manner: 'open' | 'listed' = 'open'): Promise<Stage> {
  const { victimId, friend } = await stageVictim(cluster, manner);
  return {
    given: [victimId],
    async finish() {
      const answers = await Promise.all(Array.from({ length: 20 }, () => friend.send(victimId, { ttl: 600 })));
      friend.disconnect();
      const refused = answers.filter(({ answer }) => answer !== 'queued');
      const telling = refused.filter(({ payload }) => /\d/.test(String(payload.message)));
      return { friendRefused: refused.length, telling: telling.length };
    },
  };
}

/** 17 at a time, again and again: to ask a full queue must cost the relay no more than to ask another one. */
async function fillQueue(orders: Orders, own: () => WireDeviceOptions): Promise<Tally> {
  const tally: Tally = {};
  const beganMs = performance.now();
  await repeat(orders, 17, tally, async (runner) => {
    await spend(orders, tally, runner, () => orders.given[0]!, own());
    if (of(tally, 'answer 507') > 0) tally.filledAfterMs ??= Math.round(performance.now() - beganMs);
  });
  return tally;
}

function gotOfQueue(tally: Tally): string {
  const { filledAfterMs } = tally;
  const until = filledAfterMs === undefined ? 'and no refusal' : `until the first refusal after ${filledAfterMs} ms`;
  const filled = `${bytes(of(tally, 'stored'))} ${until}`;
  return `${filled}; answers ${countsOf(tally, 'answer ')}; a friend refused ${of(tally, 'friendRefused')} of 20`;
}

function faultsOfQueue(tally: Tally): string[] {
  const faults: string[] = [];
  if (of(tally, 'friendRefused') > 0) faults.push(`A friend was refused ${of(tally, 'friendRefused')} of 20 messages.`);
  if (of(tally, 'telling') > 0) faults.push('A refusal told a figure.');
  return faults;
}

export const fullQueue: Attack = {
  name: 'full-queue',
  summary: '17 fresh ids against one victim',
  stage: (cluster) => stageQueue(cluster),
  act: (orders) => fillQueue(orders, () => ({})),
  got: gotOfQueue,
  faults: faultsOfQueue,
};

/** An id costs nothing, and neither does to claim it. */
export const fullQueueClaimed: Attack = {
  name: 'full-queue-claimed',
  summary: '17 fresh and claimed ids against one victim',
  stage: (cluster) => stageQueue(cluster),
  act: (orders) => fillQueue(orders, () => ({ key: DeviceSigner.ofEd25519() })),
  got: gotOfQueue,
};

export const fullQueueListed: Attack = {
  name: 'full-queue-listed',
  summary: '17 fresh and claimed ids against a victim that lists its contacts',
  stage: (cluster) => stageQueue(cluster, 'listed'),
  act: (orders) => fillQueue(orders, () => ({ key: DeviceSigner.ofEd25519() })),
  got: gotOfQueue,
  faults(tally) {
    const stored = of(tally, 'stored');
    return [...faultsOfQueue(tally), ...(stored > 0 ? [`Strangers stored ${bytes(stored)} with it.`] : [])];
  },
};
