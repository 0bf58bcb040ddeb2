import type { AbuseCluster } from '../abuse-cluster';
import type { Attack, Stage, Tally } from '../attack';
import { freshId, WireDevice } from '../wire/wire-device';
import { bytes, count, countsOf, each, edgeOf, from, many, of, repeat } from './attacking';

const ids = 8;
const text = 'A'.repeat(100_000);
const messagesOfSender = 4;
const sendersOfQueue = 5;

/** About 2 MiB wait for each of these ids. */
async function stageQueues(cluster: AbuseCluster): Promise<Stage> {
  const given = Array.from({ length: ids }, freshId);
  const [edge, other] = cluster.places;
  const tally: Tally = {};
  await each(ids * sendersOfQueue, 4, tally, async (index) => {
    const hardwareId = given[index % ids]!;
    // Whom the relay has not seen has a small queue only.
    const { device: owner } = await WireDevice.arrive(edge!, { hardwareId });
    owner.disconnect();
    const { device: sender } = await WireDevice.arrive(other!);
    const sends = Array.from({ length: messagesOfSender }, () =>
      sender.send(hardwareId, { encrypted_data: text, ttl: 3600 }),
    );
    await Promise.all(sends);
    sender.disconnect();
  });
  const before = await cluster.countedBytes();
  return { given, finish: async () => ({ counted: (await cluster.countedBytes()) - before }) };
}

/** The system's buffers take some of what nobody reads, and the relay can't know; so much for a round is no lever. */
const fairBytesOfRound = 128 * 1024;

/** Makes the relay count what it never carried: connect, have the queue begin, reset. */
export const unreadQueue: Attack = {
  name: 'unread-queue',
  summary: 'a queue of 2 MiB, connect, reset, again',
  stage: stageQueues,
  async act(orders) {
    const tally: Tally = {};
    await repeat(orders, many(orders, ids), tally, async (runner) => {
      const hardwareId = orders.given[runner]!;
      const { device, answer } = await WireDevice.arrive(edgeOf(orders, runner), { ...from(orders), hardwareId });
      count(tally, `answer ${answer}`);
      count(tally, 'rounds');
      count(tally, 'read', device.socket.bytesRead);
      device.disconnect();
    });
    return tally;
  },
  got: (tally) =>
    `${bytes(of(tally, 'counted'))} counted for ${bytes(of(tally, 'read'))} read in ${of(tally, 'rounds')} rounds; answers ${countsOf(tally, 'answer ')}`,
  faults(tally) {
    const fair = of(tally, 'read') + of(tally, 'rounds') * fairBytesOfRound + 1_048_576;
    if (of(tally, 'counted') <= fair) return [];
    return [`The month counts ${bytes(of(tally, 'counted'))} for ${bytes(of(tally, 'read'))} that were read.`];
  },
};
