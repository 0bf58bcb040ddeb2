import { eventually } from '@openrelay/testing';
import {
  checkLedger,
  checkOps,
  checkOutside,
  checkPrometheus,
  checkRenewal,
  checkTls,
  demo,
  plainUrl,
  secureUrl,
} from './checks';
import {
  interruptUpdate,
  killEdge,
  refuseUpdate,
  restartRedis,
  scaleWithHaproxy,
  scaleWithReloads,
  startStack,
  updateEdges,
} from './events';
import { checkUsers } from './redis-users';
import type { Scenario, Step } from './scenario';
import type { Stack } from './stack';

const step = (title: string, run: () => Promise<unknown>): Step => ({
  title,
  run: async () => {
    const what = await run();
    return typeof what === 'string' ? what : undefined;
  },
});

/** The stack as it is, and everything that is promised of it. */
const haproxy: Scenario = {
  name: 'HAProxy',
  steps: (stack, { certificate, renewCertificate }) => [
    step('starts', () => startStack(stack)),
    step('the demo over ws://', () => demo(stack, plainUrl(stack))),
    step('the users of Redis', () => checkUsers(stack)),
    step('metrics and readiness stay inside', () => checkOutside(`http://127.0.0.1:${stack.setting('PORT')}`)),
    step('ops answers here, with its token', () => checkOps(stack)),
    step('2 edges, 4, 2 under traffic', () => scaleWithHaproxy(stack, plainUrl(stack))),
    step('an edge is killed under traffic', () => killEdge(stack, plainUrl(stack))),
    step('redis restarts under traffic', () => restartRedis(stack, plainUrl(stack))),
    step('with TLS', async () => {
      stack.set({ RELAY_TLS_CERT: certificate });
      await stack.up();
    }),
    step('the demo over wss://', () => demo(stack, secureUrl(stack))),
    step('redirection, headers, what stays inside', () => checkTls(stack)),
    step('a renewed certificate', () =>
      checkRenewal(stack, renewCertificate, () => stack.compose('kill', '--signal', 'HUP', 'haproxy')),
    ),
    step('a rolling update under traffic over wss://', () => updateEdges(stack, secureUrl(stack))),
    step('one that is interrupted, and goes on', () => interruptUpdate(stack, secureUrl(stack))),
    step('one whose new edge does not start', () => refuseUpdate(stack, secureUrl(stack))),
    step('Prometheus finds all', async () => {
      await stack.compose('--profile', 'monitoring', 'up', '--detach', '--no-deps', 'prometheus');
      await checkPrometheus(stack, 2);
    }),
    step('the ledger', () => checkLedger(stack)),
  ],
};

const nginx: Scenario = {
  name: 'nginx',
  steps: (stack, { certificate, renewCertificate }) => {
    const reloadCommand = ['docker', 'compose', 'exec', '-T', 'nginx', 'nginx', '-s', 'reload'];
    const reload = () => stack.run(reloadCommand, 30_000);
    const url = secureUrl(stack);
    stack.become(['nginx'], { RELAY_TLS_CERT: certificate });
    return [
      step('starts', () => startStack(stack)),
      step('the demo over wss://', () => demo(stack, url)),
      step('redirection, headers, what stays inside', () => checkTls(stack)),
      step('2 edges, 4, 2 under traffic', () => scaleWithReloads(stack, url, reload)),
      step('an edge is killed under traffic', () => killEdge(stack, url)),
      step('redis restarts under traffic', () => restartRedis(stack, url)),
      step('a rolling update under traffic', () => updateEdges(stack, url, '--on-change', reloadCommand.join(' '))),
      step('a renewed certificate', () => checkRenewal(stack, renewCertificate, reload)),
      step('the ledger', () => checkLedger(stack)),
    ];
  },
};

/** The stack on another Redis: it starts, carries messages, and counts them right. */
function smoke(stack: Stack, overlay: string, more: Step[] = []): Step[] {
  stack.become([overlay], { RELAY_TLS_CERT: '' });
  return [
    step('starts', () => startStack(stack)),
    step('the demo', () => demo(stack, plainUrl(stack))),
    ...more,
    step('the ledger', () => checkLedger(stack)),
  ];
}

const failoverMs = 60_000;

async function expectReplica(stack: Stack, service: string): Promise<void> {
  const [role] = (await stack.compose('exec', '-T', service, 'redis-admin', 'role')).split('\n');
  if (role !== 'slave') throw new Error(`${service} is a ${role}.`);
}

const sentinel: Scenario = {
  name: 'Sentinel',
  steps: (stack) =>
    smoke(stack, 'sentinel', [
      step('the users of Redis', () => checkUsers(stack)),
      step('the master dies, and a replica takes its place', async () => {
        await stack.compose('kill', 'redis');
        const startedMs = performance.now();
        await eventually(() => demo(stack, plainUrl(stack)), { timeoutMs: failoverMs, intervalMs: 500 });
        return `the demo went through ${((performance.now() - startedMs) / 1000).toFixed(1)} s later`;
      }),
      step('the old master comes back as a replica', async () => {
        await stack.up();
        await eventually(() => expectReplica(stack, 'redis'), { timeoutMs: failoverMs, intervalMs: 500 });
      }),
    ]),
};

const redisCluster: Scenario = {
  name: 'Redis Cluster',
  steps: (stack) =>
    smoke(stack, 'redis-cluster', [
      step('the users of Redis', () => checkUsers(stack)),
      step('is taken down and starts again, with its data', async () => {
        await stack.compose('down');
        await startStack(stack);
        return demo(stack, plainUrl(stack));
      }),
    ]),
};

const valkey: Scenario = {
  name: 'Valkey',
  steps: (stack) => smoke(stack, 'valkey', [step('the users of Redis', () => checkUsers(stack))]),
};

const outsideRedis: Scenario = {
  name: 'a Redis outside',
  steps: (stack) => {
    const name = `${stack.project}-outside`;
    const redis = ['redis:8.0', 'redis-server', '--requirepass', 'outside', '--maxmemory-policy', 'noeviction'];
    const label = `com.docker.compose.project=${stack.project}`;
    return [
      step('a Redis starts outside', async () => {
        await stack.docker('run', '--detach', '--rm', '--name', name, '--label', label, '-p', '0:6379', ...redis);
        const port = (await stack.docker('port', name, '6379')).trim().split('\n')[0]?.split(':').at(-1);
        const bridge = '{{(index .IPAM.Config 0).Gateway}}';
        const gateway = (await stack.docker('network', 'inspect', 'bridge', '--format', bridge)).trim();
        stack.set({ REDIS_URL: `redis://:outside@${gateway}:${port}` });
      }),
      ...smoke(stack, 'outside-redis'),
      step('and ends', async () => {
        await stack.docker('rm', '--force', '--volumes', name);
      }),
    ];
  },
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  haproxy,
  nginx,
  sentinel,
  'redis-cluster': redisCluster,
  'outside-redis': outsideRedis,
  valkey,
};
