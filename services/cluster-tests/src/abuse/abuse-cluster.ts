import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cluster,
  type RunningOps,
  type RunningService,
  startClusterOn,
  startJanitor,
  startOps,
  startRedis,
  stopAll,
} from '@openrelay/launch';
import { type RunningHaproxy, startHaproxy } from '../balancers/haproxy-process';
import type { Place } from './wire/wire-socket';

export type AbuseClusterOptions = {
  /** Of the edges, beyond the defaults. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Redis's own limit; the budget for what is stored follows from it. */
  readonly maxMemoryBytes: number;
  readonly through?: 'haproxy' | undefined;
};

const host = '127.0.0.1';
/** What RELAY_STORE_MAX_BYTES is when it says nothing. */
const budgetShare = 0.75;

/** With its own limits; the bystanders come from 127.0.0.1, which it does not limit by itself. */
function haproxyBefore({ edges }: Cluster): Promise<RunningHaproxy> {
  const env = { ADDRESSES_WITHOUT_LIMITS: '127.0.0.9' };
  return startHaproxy({ edgePorts: edges.map(({ port }) => port), env });
}

/** Two edges with the default limits, a janitor and ops, on a Redis with a limit; HAProxy in front where it is wanted. */
export class AbuseCluster {
  readonly opsToken: string;

  private constructor(
    private readonly cluster: Cluster,
    readonly ops: RunningOps,
    private readonly others: readonly { stop(): Promise<unknown> }[],
    readonly balancer: RunningHaproxy | undefined,
    /** Where Redis writes its append-only file. */
    readonly dataFolder: string,
    private readonly options: AbuseClusterOptions & { readonly token: string },
  ) {
    this.opsToken = options.token;
  }

  static async start(options: AbuseClusterOptions): Promise<AbuseCluster> {
    const dataFolder = mkdtempSync(join(tmpdir(), 'openrelay-abuse-'));
    const token = randomBytes(16).toString('hex');
    const started: { stop(): Promise<unknown> }[] = [];
    const keep = <Started extends { stop(): Promise<unknown> }>(one: Started): Started => {
      started.unshift(one); // stopped in the opposite order
      return one;
    };
    try {
      const redis = await startRedis({
        appendOnly: true,
        dataDir: dataFolder,
        extraArgs: ['--maxmemory', String(options.maxMemoryBytes)],
      });
      const cluster = keep(await startClusterOn(redis, { edges: 2, env: options.settings ?? {} }));
      const env = options.settings ?? {};
      keep(await startJanitor({ redisUrl: redis.url, env }));
      const ops = keep(await startOps({ redisUrl: redis.url, env, token }));
      const balancer = options.through === undefined ? undefined : keep(await haproxyBefore(cluster));
      const others = started.filter((one) => one !== cluster);
      return new AbuseCluster(cluster, ops, others, balancer, dataFolder, { ...options, token });
    } catch (error) {
      await stopAll(started);
      rmSync(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  get redisUrl(): string {
    return this.cluster.redis.url;
  }

  get redisPid(): number {
    return this.cluster.redis.pid;
  }

  get edges(): readonly (RunningService & { readonly httpUrl: string })[] {
    return this.cluster.edges;
  }

  /** Where the edges are. */
  get places(): readonly Place[] {
    return this.cluster.edges.map(({ port }) => ({ host, port }));
  }

  /** Where devices connect: the edges, or what is in front of them. */
  get endpoints(): readonly Place[] {
    return this.balancer === undefined ? this.places : [{ host, port: this.balancer.port }];
  }

  get opsPlace(): Place {
    return { host, port: this.ops.port };
  }

  /** What may be stored. */
  get budgetBytes(): number {
    return Math.floor(this.options.maxMemoryBytes * budgetShare);
  }

  /** What the edges have counted for the month, in and out. */
  async countedBytes(): Promise<number> {
    const pages = await Promise.all(this.edges.map(async ({ httpUrl }) => (await fetch(`${httpUrl}/metrics`)).text()));
    const counts = pages.flatMap((page) =>
      Array.from(page.matchAll(/^openrelay_payload_bytes_total\{[^}]*\} (\S+)$/gm), ([, value]) => Number(value)),
    );
    return counts.reduce((sum, value) => sum + value, 0);
  }

  async stop(): Promise<void> {
    await stopAll(this.others);
    await this.cluster.stop('SIGKILL');
    rmSync(this.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
