/**
 * One server that owns all slots, from its first moment. A master that starts takes nothing for two seconds, as its replica may have
 * taken its place (CLUSTER_WRITABLE_DELAY in Redis' cluster.c). A replica that takes its master's place does not wait. So the server
 * starts as the replica of a master that never was.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askRedis } from './ask-redis';
import { redisHost } from './redis-arguments';

/** Ports that nobody listens on. */
const nowhere = `${redisHost}:1@2`;

/** Before its first start; later it knows by itself what it owns. */
export function prepareClusterOfOne(dataDir: string): void {
  const file = join(dataDir, 'nodes.conf');
  if (existsSync(file)) return;
  const [master, replica] = [newId(), newId()];
  const lines = [
    `${master} ${nowhere} master - 0 0 1 connected 0-16383`,
    `${replica} ${nowhere} myself,slave ${master} 0 0 1 connected`,
    'vars currentEpoch 1 lastVoteEpoch 0',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** Lets it take the place of its master; answers whether it takes writes. */
export async function ownsAllSlots(url: string): Promise<boolean> {
  const nodes = (await askRedis(url, ['CLUSTER', 'NODES'])).trim().split('\n');
  if (nodes.some((node) => node.includes('myself,slave'))) {
    await askRedis(url, ['CLUSTER', 'FAILOVER', 'TAKEOVER']);
    return false;
  }
  const others = nodes.filter((node) => !node.includes('myself'));
  for (const other of others) await askRedis(url, ['CLUSTER', 'FORGET', other.split(' ')[0]!]);
  return (await askRedis(url, ['CLUSTER', 'INFO'])).includes('cluster_state:ok');
}

function newId(): string {
  return randomBytes(20).toString('hex');
}
