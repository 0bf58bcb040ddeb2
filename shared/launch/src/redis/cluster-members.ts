/** Reads the answer of CLUSTER NODES (https://redis.io/docs/latest/commands/cluster-nodes/). */
import { askRedis } from './ask-redis';

/** A node of a cluster, as one of the nodes sees it. */
export type ClusterMember = {
  readonly id: string;
  /** Whether it is the node that was asked. */
  readonly isMyself: boolean;
  /** `stranger`: not fully known yet. */
  readonly role: 'master' | 'replica' | 'stranger';
  /** Of a replica. */
  readonly masterId: string;
  /** The greater one wins where two masters claim a slot. */
  readonly configEpoch: number;
  readonly isLinked: boolean;
  /** The first and the last of each range. */
  readonly slotRanges: readonly (readonly [number, number])[];
};

export async function clusterMembers(url: string): Promise<ClusterMember[]> {
  const lines = (await askRedis(url, ['CLUSTER', 'NODES'])).trim().split('\n');
  return lines.map(readMember);
}

export function ownsSlot(member: ClusterMember, slot: number): boolean {
  return member.role === 'master' && member.slotRanges.some(([first, last]) => first <= slot && slot <= last);
}

function readMember(line: string): ClusterMember {
  const [id = '', , flagList = '', masterId = '', , , epoch, link, ...ranges] = line.split(' ');
  const flags = flagList.split(',');
  return {
    id,
    isMyself: flags.includes('myself'),
    role: roleOf(flags),
    masterId,
    configEpoch: Number(epoch),
    isLinked: link === 'connected',
    // What is in brackets is a slot on the way to or from another node.
    slotRanges: ranges.filter((range) => !range.startsWith('[')).map(readRange),
  };
}

function roleOf(flags: readonly string[]): ClusterMember['role'] {
  if (flags.includes('handshake') || flags.includes('noaddr')) return 'stranger';
  return flags.includes('master') ? 'master' : 'replica';
}

function readRange(range: string): [number, number] {
  const [first, last = first] = range.split('-').map(Number);
  return [first!, last!];
}
