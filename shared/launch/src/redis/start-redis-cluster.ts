import { ok } from 'node:assert/strict';
import { eventually } from '../processes/eventually';
import { freePort } from '../processes/free-port';
import { startAll, stopAll } from '../processes/start-all';
import { askRedis } from './ask-redis';
import { type ClusterMember, clusterMembers, ownsSlot } from './cluster-members';
import { formCluster, type Member, slotCount } from './form-cluster';
import { moveSlot } from './move-slot';
import { redisArguments, redisHost, tlsArguments } from './redis-arguments';
import { asNode, nodeArguments, type RedisNode } from './redis-node';
import { startServer } from './redis-server';

/** How far above a server's port the port of its cluster bus lies. */
const busOffset = 10_000;

export type RedisClusterOptions = {
  /** At least three: with fewer, those that are left after a kill are no majority, and no replica takes over. */
  masters?: number;
  replicasPerMaster?: number;
  /** For every node: a port for TLS too, by which the nodes themselves speak. */
  tls?: { certFile: string; keyFile: string };
  /** For every node; they win over what the cluster sets itself. */
  extraArgs?: readonly string[];
};

export type ClusterNode = RedisNode &
  Member & {
    /** Where it speaks TLS, if it does. */
    readonly tlsPort: number | undefined;
  };

export type RunningRedisCluster = {
  /** `redis+cluster://`, with all nodes. */
  readonly url: string;
  /** First those that began as masters. */
  readonly nodes: readonly ClusterNode[];
  /** Rejects when no node that answers is it, as in the midst of a failover. */
  masterOfSlot(slot: number): Promise<ClusterNode>;
  masterOfKey(key: string): Promise<ClusterNode>;
  /** With its keys, while clients use them; see `moveSlot`. Resolves when all nodes that answer know of it. */
  migrateSlot(slot: number, target: ClusterNode): Promise<void>;
  /** Kills the master and resolves with the replica that has taken its place. */
  failover(master: ClusterNode): Promise<ClusterNode>;
  stop(): Promise<void>;
};

/** A slow machine may stall a master for seconds: no replica takes over then, as what it does not have yet would be lost. */
const steadyTimeoutMs = 60_000;
/** While a cluster forms, since gossip goes by it, and while a master is dead that is to be missed. */
const hastyTimeoutMs = 1500;
const patience = { timeoutMs: 60_000 };

/** A real Redis Cluster on 127.0.0.1 in which every node is well and every replica follows its master. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RunningRedisCluster> {
  const { masters = 3, replicasPerMaster = 1 } = options;
  if (masters < 3) throw new Error(`A cluster needs at least 3 masters to fail over; ${masters} were asked for.`);
  const count = masters * (1 + replicasPerMaster);
  const nodes = await startAll(Array.from({ length: count }, () => startNode(options)));
  try {
    await formCluster(nodes.slice(0, masters), nodes.slice(masters));
    await setNodeTimeout(nodes, steadyTimeoutMs);
    return running(nodes);
  } catch (error) {
    await stopAll(nodes);
    throw error;
  }
}

function running(nodes: readonly ClusterNode[]): RunningRedisCluster {
  const masterOfSlot = (slot: number) => findMaster(nodes, slot);
  return {
    url: `redis+cluster://${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`,
    nodes,
    masterOfSlot,
    masterOfKey: async (key) => masterOfSlot(await slotOf(nodes, key)),
    migrateSlot: async (slot, target) => moveSlot(slot, await masterOfSlot(slot), target, nodes),
    failover: (master) => failOver(nodes, master),
    stop: () => stopAll(nodes),
  };
}

async function startNode({ tls, extraArgs = [] }: RedisClusterOptions): Promise<ClusterNode> {
  let tlsPort: number | undefined;
  const node = await startServer({
    findPort: () => freePort(busOffset),
    argumentsFor: async (port, dataDir) => {
      tlsPort ??= tls && (await freePort());
      const overTls = tls === undefined ? [] : [...tlsArguments(tls, tlsPort!), '--tls-cluster', 'yes'];
      const nodeArgs = [...clusterArguments(port), ...overTls, ...extraArgs];
      return redisArguments({ appendOnly: true, extraArgs: nodeArgs }, port, dataDir);
    },
  });
  return Object.assign(asNode(node), { id: await askRedis(node.url, ['CLUSTER', 'MYID']), tlsPort });
}

function clusterArguments(port: number): string[] {
  const where = ['--cluster-enabled', 'yes', '--cluster-port', String(port + busOffset)];
  const reach = ['--cluster-announce-ip', redisHost, '--cluster-node-timeout', String(hastyTimeoutMs)];
  // A replica takes over however old its data is.
  return [...where, ...reach, '--cluster-replica-validity-factor', '0', ...nodeArguments];
}

/** Of those that take themselves for it, the one with the latest claim: a master that was replaced may not know it yet. */
async function findMaster(nodes: readonly ClusterNode[], slot: number): Promise<ClusterNode> {
  if (!(slot >= 0 && slot < slotCount)) throw new Error(`${slot} is not a slot: they are 0 to ${slotCount - 1}.`);
  const claims = (await ownViews(nodes)).filter(({ myself }) => ownsSlot(myself, slot));
  const latest = claims.sort((one, other) => other.myself.configEpoch - one.myself.configEpoch)[0];
  if (latest === undefined) throw new Error(`No node that answers is the master of slot ${slot}.`);
  return latest.node;
}

async function slotOf(nodes: readonly ClusterNode[], key: string): Promise<number> {
  const answers = nodes.map((node) => askRedis(node.url, ['CLUSTER', 'KEYSLOT', key]));
  return Number(await Promise.any(answers));
}

async function failOver(nodes: readonly ClusterNode[], master: ClusterNode): Promise<ClusterNode> {
  const candidates = await eventually(() => replicasOf(nodes, master), patience);
  const survivors = nodes.filter((node) => node !== master);
  await setNodeTimeout(survivors, hastyTimeoutMs);
  master.kill('SIGKILL');
  await master.exited;
  const successor = await eventually(async () => {
    const claim = (await ownViews(candidates)).find(({ myself }) => myself.role === 'master');
    ok(claim, `No replica took over from the node on port ${master.port}.`);
    const state = await askRedis(claim.node.url, ['CLUSTER', 'INFO']);
    ok(state.includes('cluster_state:ok'), `The replica that took over on port ${claim.node.port} does not serve yet.`);
    return claim.node;
  }, patience);
  await setNodeTimeout(survivors, steadyTimeoutMs);
  return successor;
}

async function replicasOf(nodes: readonly ClusterNode[], master: ClusterNode): Promise<ClusterNode[]> {
  const views = await ownViews(nodes);
  const replicas = views.filter(({ myself }) => myself.role === 'replica' && myself.masterId === master.id);
  ok(replicas.length > 0, `No replica that answers follows the node on port ${master.port}.`);
  return replicas.map(({ node }) => node);
}

/** Of those that answer: the others get it from their arguments when they are started again. */
async function setNodeTimeout(nodes: readonly ClusterNode[], timeoutMs: number): Promise<void> {
  const command = ['CONFIG', 'SET', 'cluster-node-timeout', String(timeoutMs)];
  await Promise.allSettled(nodes.map((node) => askRedis(node.url, command)));
}

/** What each node that answers takes itself for. */
async function ownViews(nodes: readonly ClusterNode[]): Promise<{ node: ClusterNode; myself: ClusterMember }[]> {
  const views = await Promise.allSettled(nodes.map((node) => clusterMembers(node.url)));
  return views.flatMap((view, index) => {
    const myself = view.status === 'fulfilled' ? view.value.find(({ isMyself }) => isMyself) : undefined;
    return myself === undefined ? [] : [{ node: nodes[index]!, myself }];
  });
}
