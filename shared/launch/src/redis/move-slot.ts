import { ok } from 'node:assert/strict';
import { eventually } from '../processes/eventually';
import { askRedis, askRedisForList } from './ask-redis';
import { clusterMembers, ownsSlot } from './cluster-members';
import type { Member } from './form-cluster';

/** As many as `redis-cli --cluster reshard` moves at once, unless told otherwise. */
const keysPerBatch = 10;
const mostBatches = 100_000;
const migrateMs = 5000;
const patience = { timeoutMs: 60_000 };

/**
 * Moves one slot with its keys, as `redis-cli --cluster reshard` does, while clients use it; after a failure it may be called
 * again. The keys that have moved already are answered with ASK by the source, and commands on several keys with TRYAGAIN
 * while only some of them have moved.
 */
export async function moveSlot(slot: number, source: Member, target: Member, all: readonly Member[]): Promise<void> {
  if (source.id === target.id) return;
  await askRedis(target.url, ['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', source.id]);
  await askRedis(source.url, ['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', target.id]);
  await moveKeys(slot, source, target);
  // The target first: were it to stop in between, the source would still send clients to it, and not the other way round.
  for (const node of [target, source]) {
    await askRedis(node.url, ['CLUSTER', 'SETSLOT', String(slot), 'NODE', target.id]);
  }
  const disagreement = `Not all nodes know the new master of slot ${slot}.`;
  await eventually(async () => ok(await agree(slot, target, all), disagreement), patience);
}

async function moveKeys(slot: number, source: Member, target: Member): Promise<void> {
  const to = [target.host, String(target.port), '', '0', String(migrateMs), 'KEYS'];
  for (let batch = 0; batch < mostBatches; batch++) {
    const keys = await askRedisForList(source.url, ['CLUSTER', 'GETKEYSINSLOT', String(slot), String(keysPerBatch)]);
    if (keys.length === 0) return;
    await askRedis(source.url, ['MIGRATE', ...to, ...keys], migrateMs * 2);
  }
  throw new Error(`Slot ${slot} has more than ${mostBatches * keysPerBatch} keys.`);
}

/** Nodes that do not answer, because a test killed or paused them, learn of it when they are back. */
async function agree(slot: number, owner: Member, all: readonly Member[]): Promise<boolean> {
  const views = await Promise.allSettled(all.map((node) => clusterMembers(node.url)));
  return views.every((view) => {
    return view.status === 'rejected' || view.value.some((member) => member.id === owner.id && ownsSlot(member, slot));
  });
}
