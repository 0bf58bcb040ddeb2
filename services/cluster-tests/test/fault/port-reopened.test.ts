import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startEdge } from '@openrelay/launch';
import { TestDevice } from '@openrelay/testing';
import { end, FaultCluster } from './fault-cluster';

let cluster: FaultCluster;

beforeEach(async () => {
  cluster = await FaultCluster.start();
});

afterEach(() => cluster.stop());

// Its connections linger in the kernel for a minute (TIME_WAIT); a supervisor that starts it anew must not have to wait for them.
test.each(['SIGTERM', 'SIGKILL'] as const)(
  'an edge that ended by %s with a device connected comes back on its port at once',
  async (signal) => {
    const [edge] = cluster.edges;
    const device = await TestDevice.connect(edge.url);
    await device.register();
    await end(edge, signal);
    await device.closed;

    await cluster.restartEdge(0);

    const back = await TestDevice.connect(cluster.edges[0].url);
    await back.register();
    await back.close();
  },
);

test('a second edge on the port of a living one is refused', async () => {
  const [{ port }] = cluster.edges;
  await expect(startEdge({ redisUrl: cluster.redis.url, port, env: {} })).rejects.toThrow(`${port}`);
});
