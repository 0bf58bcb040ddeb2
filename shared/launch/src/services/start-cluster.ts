import { freePort } from '../processes/free-port';
import { startAll } from '../processes/start-all';
import type { RunningRedis } from '../redis/redis-server';
import { startRedis } from '../redis/start-redis';
import { quickDrain } from './edge-settings';
import type { ServiceOptions } from './service';
import { type EdgeOptions, type RunningEdge, startEdge } from './start-edge';

type Environment = NonNullable<ServiceOptions['env']>;

/** What one edge has of its own: `env` stands above that of the cluster, `redisUrl` leads to its Redis by another way. */
export type EdgePlan = Partial<EdgeOptions>;

/** A Redis of any form. */
export type ClusterRedis = {
  readonly url: string;
  stop(): Promise<void>;
};

export type ClusterOptions = {
  /** How many edges to start, or a plan for each. */
  edges: number | readonly EdgePlan[];
  /** Settings of all edges, above `quickDrain`: who looks at leaving sets those itself. */
  env?: Environment;
};

export type Cluster<Redis extends ClusterRedis = RunningRedis> = {
  readonly redis: Redis;
  readonly edges: readonly RunningEdge[];
  /** The edge at the index. Throws when there is none. */
  edge(index: number): RunningEdge;
  addEdge(plan?: EdgePlan): Promise<RunningEdge>;
  /** Ends an edge, unless it has ended, and starts it anew by its plan and on its port. */
  restartEdge(index: number, signal?: NodeJS.Signals): Promise<void>;
  /** Ends every edge, and Redis; safe to call again. */
  stop(signal?: NodeJS.Signals): Promise<void>;
};

const mostAttempts = 5;

/** Edges in front of a Redis that keeps its data, each a process of its own on a free port of 127.0.0.1. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  return startClusterOn(await startRedis({ appendOnly: true }), options);
}

/** Tries again, as a supervisor does: an edge ends when Redis, on a machine that is slow at that moment, does not answer it in time. */
async function startPatiently(options: EdgeOptions): Promise<RunningEdge> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startEdge(options);
    } catch (error) {
      const isSlow = error instanceof Error && error.message.includes('no answer in time');
      if (!isSlow || attempt === mostAttempts) throw error;
    }
  }
}

/** On a Redis that runs already, which ends with the cluster, and when an edge does not start. */
export async function startClusterOn<Redis extends ClusterRedis>(
  redis: Redis,
  { edges: wanted, env = {} }: ClusterOptions,
): Promise<Cluster<Redis>> {
  // A port that the system chose could not be opened again for a minute after its edge died (TIME_WAIT).
  const start = async (plan: EdgePlan) =>
    startPatiently({
      redisUrl: redis.url,
      ...plan,
      port: plan.port ?? (await freePort()),
      env: { ...quickDrain, ...env, ...plan.env },
    });
  const plans = typeof wanted === 'number' ? Array.from({ length: wanted }, (): EdgePlan => ({})) : [...wanted];
  const edges = await startAll(plans.map(start)).catch(async (error) => {
    await redis.stop();
    throw error;
  });
  const edgeAt = (index: number): RunningEdge => {
    const edge = edges[index];
    if (edge === undefined) throw new Error(`The cluster has ${edges.length} edges, so none at index ${index}.`);
    return edge;
  };
  return {
    redis,
    edges,
    edge: edgeAt,
    async addEdge(plan: EdgePlan = {}) {
      const edge = await start(plan);
      edges.push(edge);
      plans.push(plan);
      return edge;
    },
    async restartEdge(index: number, signal: NodeJS.Signals = 'SIGTERM') {
      const { port } = edgeAt(index);
      await edgeAt(index).stop(signal);
      edges[index] = await start({ ...plans[index], port });
    },
    async stop(signal?: NodeJS.Signals) {
      await Promise.all(edges.map((edge) => edge.stop(signal)));
      await redis.stop();
    },
  };
}
