import { setTimeout as pause } from 'node:timers/promises';
import { askRedis, type RunningSentinel, startClusterOn, startSentinel, unlimited } from '@openrelay/launch';
import { Fleet } from '../fleet';

/** `silent`: they have not answered for a second when the master dies, and come back then, without that second. */
export type ReplicaState = 'in step' | 'silent';

export type FailoverRound = {
  readonly accepted: number;
  /** Answered 503. */
  readonly refused: number;
  /** Accepted, and then neither delivered nor expired. */
  readonly lost: number;
  /** From each `Send` before the fault to its `Ack`, in ms. */
  readonly answeredAfterMs: readonly number[];
};

const silentMs = 1000;
/** Many are away when the master dies: what was delivered already cannot be lost any more. */
const habits = { pauseMs: [500, 3000] } as const;
const traffic = {
  messagesPerSecond: 500,
  dataBytes: [64, 1024],
  mix: { stored: 1, live: 0, auth: 0, rotation: 0 },
  shortLivedOneIn: 0,
  departuresPerSecond: 10,
  restsPerSecond: 0,
} as const;

/** One fail-over under traffic, on a Redis, edges and devices of its own. */
export async function failOver(minReplicas: number, replicas: ReplicaState): Promise<FailoverRound> {
  const env = { ...unlimited, RELAY_MIN_REPLICAS: String(minReplicas) };
  const cluster = await startClusterOn(await startSentinel({ replicas: 2 }), { edges: 2, env });
  try {
    const edges = cluster.edges.map(({ url }) => url);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const fleet = await Fleet.start({ edges, seed, devices: 20, habits, traffic, settleMs: 10_000 });
    try {
      return await hurt(fleet, cluster.redis, replicas);
    } finally {
      await fleet.stop();
    }
  } finally {
    await cluster.stop('SIGKILL');
  }
}

async function hurt(fleet: Fleet, redis: RunningSentinel, state: ReplicaState): Promise<FailoverRound> {
  await fleet.progress(500);
  const answeredAfterMs = waits(fleet);
  if (state === 'in step') await redis.failover();
  else await failOverSilent(redis);
  await fleet.progress(200, 30_000);
  const { figures } = await fleet.verdict();
  return { accepted: figures.accepted, refused: figures.refused[503] ?? 0, lost: figures.lost, answeredAfterMs };
}

async function failOverSilent(redis: RunningSentinel): Promise<void> {
  const master = await redis.master();
  const replicas = redis.nodes.filter((node) => node !== master);
  for (const replica of replicas) replica.kill('SIGSTOP');
  // Else what the master sends would wait for them in the sockets of this machine.
  await askRedis(master.url, ['CLIENT', 'KILL', 'TYPE', 'replica']);
  await pause(silentMs);
  const failedOver = redis.failover(); // asks who the master is, and kills it
  await master.exited;
  for (const replica of replicas) replica.kill('SIGCONT');
  await failedOver;
}

function waits({ books }: Fleet): number[] {
  const attempts = [...books.messages.values()].flatMap((message) => message.attempts);
  return attempts.flatMap(({ atMs, answered }) => (answered?.code === 'accepted' ? answered.atMs - atMs : []));
}
