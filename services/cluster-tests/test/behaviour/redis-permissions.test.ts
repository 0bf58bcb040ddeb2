import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  askRedis,
  quickDrain,
  type RunningRedis,
  repositoryRoot,
  runScript,
  startEdge,
  startJanitor,
  startOps,
  startRedis,
} from '@openrelay/launch';
import { accessRules, permissions, RedisLink, type ServiceName } from '@openrelay/state';
import { eventually, TestDevice } from '@openrelay/testing';

const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
const services = Object.keys(permissions) as ServiceName[];
const commands = ['status', 'nodes', 'bandwidth', 'queues', 'metrics', 'ledger check', 'config check', 'drain nobody'];
let servers: { redis: RunningRedis; 'redis+cluster': RunningRedis };

beforeAll(async () => {
  const [alone, ofCluster] = await Promise.all([startRedis(), startRedis({ clusterMode: true })]);
  servers = { redis: alone, 'redis+cluster': ofCluster };
  for (const { url } of [alone, ofCluster]) {
    for (const service of services) {
      await askRedis(url, ['ACL', 'SETUSER', service, ...accessRules(service), '>pw']);
      await askRedis(url, ['ACL', 'SETUSER', `${service}-blind`, ...accessRules(service), '-info', '>pw']);
    }
  }
});
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

function urlAs(user: string, form: keyof typeof servers): string {
  const database = form === 'redis' ? '/1' : '';
  return servers[form].url.replace('redis://', `${form}://${user}:pw@`) + database;
}

/** As a user who may do anything, where the services are. */
async function asAdministrator<T>(form: keyof typeof servers, act: (link: RedisLink) => Promise<T>): Promise<T> {
  const url = urlAs('', form).replace(':pw@', '');
  const link = new RedisLink({ url, commandTimeoutMs: 2000, monotonicMs: () => performance.now() });
  await link.connect(5000);
  return act(link).finally(() => link.close());
}

/** A node that died without a word, whose devices the janitor lets go of. */
function leaveDeadNode(link: RedisLink): Promise<unknown> {
  return link.command('or:{nodes}', (redis) => redis.zadd('or:{nodes}', link.clock.now(), 'dead'));
}

/** What Redis refused to anybody, commands in scripts too. */
function denied(link: RedisLink): Promise<unknown> {
  return link.ofEachMaster((redis) => redis.call('ACL', 'LOG'));
}

describe.each(['redis', 'redis+cluster'] as const)(
  'as a user with no more than its own permissions, by %s,',
  (form) => {
    const as = (user: string) => urlAs(user, form);
    const ask = (user: string, ...args: string[]) => runScript(relayctl, args, { REDIS_URL: as(user) });

    test('every service does all its work, and is refused nothing', async () => {
      const [one, other] = await Promise.all([
        startEdge({ redisUrl: as('edge'), env: quickDrain }),
        startEdge({ redisUrl: as('edge'), env: quickDrain }),
      ]);
      await asAdministrator(form, leaveDeadNode);
      const [janitor, ops] = await Promise.all([
        startJanitor({ redisUrl: as('janitor') }),
        startOps({ redisUrl: as('ops') }),
      ]);
      try {
        const [sender, recipient] = await Promise.all([TestDevice.connect(one.url), TestDevice.connect(other.url)]);
        await Promise.all([sender.register(), recipient.register()]);
        for (const ttl of [60, 0]) {
          const { message_id } = sender.sendMessage(recipient.hardwareId, { ttl });
          expect((await recipient.next('Receive')).payload).toMatchObject({ message_id });
          recipient.ack(message_id);
          await sender.next('Ack');
        }
        recipient.sendFrame({ type: 'Status', payload: { hardware_id: recipient.hardwareId, status: 'Offline' } });
        sender.sendMessage(recipient.hardwareId, { ttl: 1 });
        await sender.next('Ack');
        recipient.sendFrame({ type: 'Status', payload: { hardware_id: recipient.hardwareId, status: 'Online' } });
        await recipient.next('Receive');
        await Promise.all([sender.close(), recipient.close()]);
        await eventually(async () => {
          const jobs = (await (await fetch(`${ops.url}/api/jobs`)).json()) as {
            jobs: { lastSucceededAtMs?: number }[];
          };
          expect(jobs.jobs.length).toBeGreaterThan(0);
          expect(jobs.jobs.filter(({ lastSucceededAtMs }) => !lastSucceededAtMs)).toEqual([]);
        });
        for (const path of ['cluster', 'nodes', 'queues', 'bandwidth', 'ledger', 'metrics']) {
          expect((await fetch(`${ops.url}/api/${path}`)).status).toBe(200);
        }
        const asked = form === 'redis' ? commands : ['status', 'drain nobody'];
        const answers = await Promise.all(asked.map((command) => ask('relayctl', ...command.split(' '))));
        expect(answers.map(({ stderr }) => stderr)).toEqual(asked.map(() => ''));
      } finally {
        await Promise.all([one, other, janitor, ops].map((service) => service.stop()));
      }
      expect(await asAdministrator(form, denied)).toEqual([[]]);
    });
  },
);

test('without INFO every service works, and says what it cannot tell', async () => {
  const as = (user: string) => urlAs(user, 'redis');
  const ask = (...args: string[]) => runScript(relayctl, args, { REDIS_URL: as('relayctl-blind') });
  const started = await Promise.all([
    startEdge({ redisUrl: as('edge-blind'), env: quickDrain }),
    startJanitor({ redisUrl: as('janitor-blind') }),
    startOps({ redisUrl: as('ops-blind') }),
  ]);
  try {
    const up = expect.objectContaining({ state: 'up' });
    const cluster = async () => (await fetch(`${started[2].url}/api/cluster`)).json();
    await eventually(async () =>
      expect(await cluster()).toMatchObject({ redis: null, nodes: expect.arrayContaining([up]) }),
    );
    expect((await ask('status')).stdout).toContain('may not ask (INFO)');
    expect(await ask('config', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Warning: How Redis is set up is not known: '),
      stderr: '',
    });
    for (const service of started) expect(service.output()).not.toContain('ready check');
  } finally {
    await Promise.all(started.map((service) => service.stop()));
  }
});

describe('a user that lacks a permission is told which, by', () => {
  test.concurrent.each([
    ['an edge that may not subscribe to its channels', 'resetchannels', /lacks a permission.* NOPERM .*channel/],
    ['an edge whose scripts may not write', '-@write', /lacks a permission.* script/],
    ['an edge that may not ask the time', '-time', /lacks a permission.* NOPERM .*'time'/],
  ])('%s', async (_, missing, sentence) => {
    const { url } = servers.redis;
    const user = `lacks${missing}`;
    await askRedis(url, ['ACL', 'SETUSER', user, ...accessRules('edge'), missing, '>pw']);
    const redisUrl = url.replace('redis://', `redis://${user}:pw@`);
    await expect(startEdge({ redisUrl })).rejects.toThrow(sentence);
  });
});
