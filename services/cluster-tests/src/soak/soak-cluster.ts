import {
  askRedis,
  type Cluster,
  type EdgePlan,
  type RunningEdge,
  type RunningRedis,
  startClusterOn,
  startRedis,
  unlimited,
} from '@openrelay/launch';
import { ThreadedNetwork } from './threaded-network';

const env = { ...unlimited, RELAY_DRAIN_SECONDS: '1', RELAY_DRAIN_LEAD_SECONDS: '0' };

const edgeCount = 3;
/** How long Redis may take for what the soak itself asks of it, which comes in the midst of everything else. */
const patienceMs = 30_000;

/** Three edges that come back on their ports, a Redis that keeps its data, and a network for each edge between them. */
export class SoakCluster {
  private constructor(
    private readonly cluster: Cluster,
    readonly networks: readonly ThreadedNetwork[],
  ) {}

  static async start(): Promise<SoakCluster> {
    const redis = await startRedis({ appendOnly: true });
    const networks: ThreadedNetwork[] = [];
    const edges: EdgePlan[] = [];
    for (let i = 0; i < edgeCount; i += 1) {
      const network = await ThreadedNetwork.start(redis.url);
      networks.push(network);
      edges.push({ redisUrl: network.url });
    }
    return new SoakCluster(await startClusterOn(redis, { edges, env }), networks);
  }

  get redis(): RunningRedis {
    return this.cluster.redis;
  }

  get edges(): readonly RunningEdge[] {
    return this.cluster.edges;
  }

  restartEdge(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    return this.cluster.restartEdge(index, signal);
  }

  async restartRedis(): Promise<void> {
    this.redis.kill('SIGKILL');
    await this.redis.exited;
    await this.redis.restart();
  }

  ask(...command: string[]): Promise<string> {
    return askRedis(this.redis.url, command, patienceMs);
  }

  async stop(): Promise<void> {
    await this.cluster.stop('SIGKILL');
    await Promise.all(this.networks.map((network) => network.close()));
  }
}
