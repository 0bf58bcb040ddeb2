import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest } from '@jest/globals';
import {
  askRedis,
  type Cluster,
  type ClusterRedis,
  NetworkFault,
  quickDrain,
  type RunningEdge,
  type RunningRedis,
  startClusterOn,
  startRedis,
  unlimited,
} from '@openrelay/launch';
import { type Attempt, Fleet, type FleetOptions, isAnswered, type Verdict } from '../../src/fleet';
import { ledgerFaults } from '../../src/fleet/ledger-faults';

// Of each test of a file that imports this: several waits of `patienceMs` fit in.
jest.setTimeout(300_000);

/**
 * Nothing refuses but what goes wrong, and edges stop at once. Control frames have their usual limit: devices that behave
 * must not reach it, whatever goes wrong.
 */
export const relaySettings = { ...unlimited, ...quickDrain, RELAY_CONTROL_FRAMES_PER_MINUTE: '600' };

/** Of devices that are to keep their connections: they give none up because a slow machine answers a heartbeat late. */
export const patientHabits = { heartbeatMs: 60_000 };

export type FaultClusterOptions = {
  env?: Readonly<Record<string, string>>;
  /** For the first edge alone, besides. */
  envOfFirst?: Readonly<Record<string, string>>;
  redisArguments?: string[];
  /** See `RedisOptions`. */
  clusterMode?: boolean;
};

/** Two real edges, a Redis that keeps its data, and the first edge's network to it, to be hurt by one test. */
export class FaultCluster {
  private constructor(
    private readonly cluster: Cluster,
    /** Between the first edge and Redis. */
    readonly network: NetworkFault,
    private readonly dataDir: string,
  ) {}

  static async start(options: FaultClusterOptions = {}): Promise<FaultCluster> {
    const { env = {}, envOfFirst = {}, redisArguments: extraArgs = [], clusterMode = false } = options;
    const dataDir = mkdtempSync(join(tmpdir(), 'openrelay-fault-'));
    const redis = await startRedis({ appendOnly: true, dataDir, extraArgs, clusterMode });
    const network = await NetworkFault.start(redis.url, { server: 'redis' });
    const edges = [{ redisUrl: network.url, env: envOfFirst }, {}];
    const cluster = await startClusterOn(redis, { edges, env: { ...relaySettings, ...env } });
    return new FaultCluster(cluster, network, dataDir);
  }

  get redis(): RunningRedis {
    return this.cluster.redis;
  }

  get edges(): readonly [RunningEdge, RunningEdge] {
    return [this.cluster.edge(0), this.cluster.edge(1)];
  }

  fleet(options: Partial<FleetOptions> = {}): Promise<Fleet> {
    return Fleet.start({ edges: this.edges.map(({ url }) => url), seed: seed(), devices: 10, ...options });
  }

  /** Starts an edge anew where it was, once it has ended. */
  restartEdge(index: 0 | 1): Promise<void> {
    return this.cluster.restartEdge(index);
  }

  ask(...command: string[]): Promise<string> {
    return askRedis(this.redis.url, command);
  }

  /** What Redis has on its disk; it should be at rest. */
  copyData(): string {
    const copy = mkdtempSync(join(tmpdir(), 'openrelay-fault-copy-'));
    cpSync(this.dataDir, copy, { recursive: true });
    return copy;
  }

  /** Puts a copy in place of what Redis has on its disk; it must not be running. */
  restoreData(copy: string): void {
    rmSync(this.dataDir, { recursive: true });
    cpSync(copy, this.dataDir, { recursive: true });
    rmSync(copy, { recursive: true });
  }

  /** Fails when the relay's books do not balance with what is left in its queues. */
  async stop(): Promise<void> {
    try {
      await endBalanced(this.cluster, [this.network]);
    } finally {
      rmSync(this.dataDir, { recursive: true, force: true });
    }
  }
}

/** Another one each time; FAULT_SEED plays one again. */
export function seed(): number {
  return Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));
}

/** Sends the signal and waits until the process has ended. */
export function end({ kill, exited }: Pick<RunningEdge, 'kill' | 'exited'>, signal: NodeJS.Signals) {
  kill(signal);
  return exited;
}

/** Ends the traffic and judges it. Prints a line for whoever wants the figures of a run, and what plays it again. */
export async function conclude(fault: string, fleet: Fleet): Promise<Verdict> {
  const verdict = await fleet.verdict();
  process.stdout.write(`${fault}: ${JSON.stringify({ seed: fleet.seed, ...verdict.figures })}\n`);
  expect(verdict.faults).toEqual([]);
  return verdict;
}

/** Ends all of it, and compares the edges' books with the queues as soon as nothing is under way. */
export async function endBalanced(
  cluster: Cluster<ClusterRedis>,
  networks: readonly NetworkFault[] = [],
): Promise<void> {
  await Promise.all(cluster.edges.map((edge) => edge.stop('SIGKILL')));
  try {
    expect(await ledgerFaults(cluster.redis.url)).toEqual([]);
  } finally {
    await Promise.all(networks.map((network) => network.close()));
    await cluster.stop();
  }
}

/** Each time that a device of the fleet sent what is answered. */
export function attemptsOf(fleet: Fleet): Attempt[] {
  return [...fleet.books.messages.values()].filter(isAnswered).flatMap(({ attempts }) => attempts);
}

/** How often a device of the fleet was answered 503. */
export function refusedIn(fleet: Fleet): number {
  return attemptsOf(fleet).filter(({ answered }) => answered?.code === 503).length;
}
