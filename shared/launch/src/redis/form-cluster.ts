import { ok } from 'node:assert/strict';
import { eventually } from '../processes/eventually';
import { askRedis } from './ask-redis';
import { type ClusterMember, clusterMembers } from './cluster-members';
import { isFollowing } from './redis-node';
import type { RunningRedis } from './redis-server';

export type Member = RunningRedis & {
  /** Its name in the cluster, kept over restarts. */
  readonly id: string;
};

export const slotCount = 16_384;

const patience = { timeoutMs: 60_000 };

/** Makes one cluster of empty nodes that know nothing of one another; the replicas are dealt to the masters in turn. */
export async function formCluster(masters: readonly Member[], replicas: readonly Member[]): Promise<void> {
  const all = [...masters, ...replicas];
  await Promise.all(masters.map((master, index) => assignSlots(master, index, masters.length)));
  // Without epochs of their own the masters would have to settle them first.
  await Promise.all(all.map((node, index) => askRedis(node.url, ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)])));
  for (const node of all.slice(1)) await askRedis(all[0]!.url, ['CLUSTER', 'MEET', node.host, String(node.port)]);
  const areAcquainted = () => everyNodeSees(all, masters.length);
  await eventually(async () => ok(await areAcquainted(), 'Not all nodes of the cluster know one another.'), patience);
  await Promise.all(replicas.map((replica, index) => follow(replica, masters[index % masters.length]!)));
  await eventually(async () => ok(await isWell(all, masters, replicas), 'The cluster is not well.'), patience);
}

async function assignSlots(master: Member, index: number, count: number): Promise<void> {
  const first = Math.floor((slotCount * index) / count);
  const last = Math.floor((slotCount * (index + 1)) / count) - 1;
  await askRedis(master.url, ['CLUSTER', 'ADDSLOTSRANGE', String(first), String(last)]);
}

async function follow(replica: Member, master: Member): Promise<void> {
  await askRedis(replica.url, ['CLUSTER', 'REPLICATE', master.id]);
}

async function isWell(all: readonly Member[], masters: readonly Member[], replicas: readonly Member[]) {
  const states = await Promise.all(all.map((node) => askRedis(node.url, ['CLUSTER', 'INFO'])));
  if (!states.every((state) => state.includes('cluster_state:ok'))) return false;
  const following = await Promise.all(replicas.map((replica) => isFollowing(replica)));
  return following.every(Boolean) && everyNodeSees(all, masters.length, replicas.length);
}

/** @param replicaCount Any when absent: nodes are masters without slots before they become replicas. */
async function everyNodeSees(all: readonly Member[], masterCount: number, replicaCount?: number): Promise<boolean> {
  const views = await Promise.all(all.map((node) => clusterMembers(node.url)));
  return views.every((members) => {
    const complete = members.length === all.length && members.every(isKnown);
    const owners = members.filter(({ slotRanges }) => slotRanges.length > 0);
    const followers = members.filter(({ role }) => role === 'replica');
    const rightRoles = replicaCount === undefined || followers.length === replicaCount;
    return complete && owners.length === masterCount && rightRoles;
  });
}

function isKnown({ isMyself, isLinked, role }: ClusterMember): boolean {
  return (isMyself || isLinked) && role !== 'stranger';
}
