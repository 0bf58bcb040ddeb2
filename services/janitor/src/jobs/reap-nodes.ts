import { NodeDirectory } from '@openrelay/state';
import type { Job } from './job';
import { each, shardByShard } from './shard-by-shard';

// A page takes Redis about 2.5 ms.
const pageDevices = 128;

/**
 * Releases the devices of nodes whose heartbeat is gone and whose channels nobody has open. A node that is only frozen is
 * still subscribed, and one that lost its subscriptions registers its devices again when it has them back.
 */
export const reapNodes: Job = async ({ link, shards, signal }) => {
  const directory = new NodeDirectory(link);
  const silent = (await directory.list()).filter(({ report }) => report === undefined);
  let devices = 0;
  await each(silent, ({ node }) =>
    shardByShard(shards, signal, async (shard) => {
      const reaped = await directory.reap(shard, node, pageDevices);
      if (reaped.status === 'listening') return 'done';
      devices += reaped.devices;
      return reaped.more ? 'more' : 'done';
    }),
  );
  return { silentNodes: silent.length, devices };
};
