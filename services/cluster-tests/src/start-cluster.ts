import { quickDrain, type RunningEdge, type RunningRedis, startEdge, startRedis } from '@openrelay/launch';

type Environment = Readonly<Record<string, string>>;

export type ClusterOptions = {
  /** How many edges to start. */
  edges: number;
  /** Settings of all edges, above `quickDrain`: a test that looks at leaving sets those itself. */
  env?: Environment;
};

export type Cluster = {
  readonly redis: RunningRedis;
  readonly edges: readonly RunningEdge[];
  /** The edge at the index. Throws when there is none. */
  edge(index: number): RunningEdge;
  /** One more edge on the same Redis, with the cluster's settings and these above them. */
  addEdge(env?: Environment): Promise<RunningEdge>;
  /** Ends every process that was started here; safe to call again. */
  stop(): Promise<void>;
};

/** A Redis with append-only file and edges in front of it, each a process of its own on a free port of 127.0.0.1. */
export async function startCluster({ edges: count, env = {} }: ClusterOptions): Promise<Cluster> {
  const redis = await startRedis({ appendOnly: true });
  const edges: RunningEdge[] = [];

  const addEdge = async (more: Environment = {}): Promise<RunningEdge> => {
    const edge = await startEdge({ redisUrl: redis.url, env: { ...quickDrain, ...env, ...more } });
    edges.push(edge);
    return edge;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(edges.map((edge) => edge.stop()));
    await redis.stop();
  };
  const edgeAt = (index: number): RunningEdge => {
    const edge = edges[index];
    if (edge === undefined) throw new Error(`The cluster has ${edges.length} edges, so none at index ${index}.`);
    return edge;
  };

  try {
    // One after the other: they keep the order of their numbers, and the first one settles the number of shards.
    for (let started = 0; started < count; started += 1) await addEdge();
  } catch (error) {
    await stop();
    throw error;
  }
  return { redis, edges, edge: edgeAt, addEdge, stop };
}
