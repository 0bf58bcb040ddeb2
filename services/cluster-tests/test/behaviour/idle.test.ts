import { expect, test } from '@jest/globals';
import { until } from '@openrelay/testing';
import { exchange, registeredDevice } from '../../src';
import { useCluster } from './use-cluster';

const idleTimeoutSeconds = 8;

const cluster = useCluster({ edges: 1, env: { RELAY_IDLE_TIMEOUT_SECONDS: String(idleTimeoutSeconds) } });

test('a device that says nothing, and answers pings, is kept beyond the idle time-out', async () => {
  const [one, other] = await Promise.all([registeredDevice(cluster.edge(0)), registeredDevice(cluster.edge(0))]);
  await until(Date.now() + 2 * idleTimeoutSeconds * 1000, Date.now, { timeoutMs: 4 * idleTimeoutSeconds * 1000 });
  expect([one.isOpen, other.isOpen]).toEqual([true, true]);
  await exchange(one, other);
});
