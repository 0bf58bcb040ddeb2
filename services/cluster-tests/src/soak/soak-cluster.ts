import {
  askRedis,
  freePort,
  type RunningEdge,
  type RunningRedis,
  startEdge,
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
    readonly redis: RunningRedis,
    readonly networks: readonly ThreadedNetwork[],
    readonly edges: RunningEdge[],
  ) {}

  static async start(): Promise<SoakCluster> {
    const redis = await startRedis({ appendOnly: true });
    const networks: ThreadedNetwork[] = [];
    const edges: RunningEdge[] = [];
    for (let i = 0; i < edgeCount; i += 1) {
      networks[i] = await ThreadedNetwork.start(redis.url);
      edges[i] = await startEdge({ redisUrl: networks[i]!.url, port: await freePort(), env });
    }
    return new SoakCluster(redis, networks, edges);
  }

  async restartEdge(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const edge = this.edges[index]!;
    edge.kill(signal);
    await edge.exited;
    this.edges[index] = await startEdge({ redisUrl: this.networks[index]!.url, port: edge.port, env });
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
    await Promise.all(this.edges.map((edge) => edge.stop('SIGKILL')));
    await Promise.all(this.networks.map((network) => network.close()));
    await this.redis.stop();
  }
}
