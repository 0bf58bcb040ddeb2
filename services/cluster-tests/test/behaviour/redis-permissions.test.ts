import { createHash } from 'node:crypto';
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
import { deviceKeyOf } from '@openrelay/protocol';
import {
  accessRules,
  RedisLink,
  Registry,
  type ServiceName,
  scriptsOf,
  serviceNames as services,
  shardOf,
} from '@openrelay/state';
import { contactTag, DeviceSigner, eventually, freshHardwareId, TestDevice } from '@openrelay/testing';
import { claimedDevice, registerClaimed, say } from '../../src';
import { needlessRules, ObservedCommands } from './observed-commands';

const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
const commands = [
  'status',
  'nodes',
  'bandwidth',
  'queues',
  'metrics',
  'ledger check',
  'config check',
  'drain nobody',
  `device ${'AB'.repeat(32)}`,
];
/** ioredis reads the map of a Cluster's slots over connections of their own, most of them too short to be asked about. */
const ofEveryMap = [
  ['client', 'setname', 'ioredis-cluster(refresher)'],
  ['cluster', 'slots'],
];
/** What the services asked Redis, of either form; to begin with what only a Cluster brings about whose shards move, and what MONITOR hides. */
const asked: Record<ServiceName, string[][]> = {
  edge: [['sunsubscribe', 'or:{0}:to:node'], ...ofEveryMap],
  janitor: [['bgrewriteaof'], ...ofEveryMap],
  ops: [...ofEveryMap],
  relayctl: [...ofEveryMap],
};
let servers: { redis: RunningRedis; 'redis+cluster': RunningRedis };

beforeAll(async () => {
  const [alone, ofCluster] = await Promise.all([startRedis({ appendOnly: true }), startRedis({ clusterMode: true })]);
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

/** A node that died without a word, whose device the janitor lets go of. */
async function leaveDeadNode(link: RedisLink): Promise<unknown> {
  const device = deviceKeyOf(freshHardwareId());
  const shard = shardOf(device, 16);
  const registry = new Registry(link, 'dead', { claims: 'off', registrationsPerMinute: 0, pressure: () => 0 });
  await registry.register(link.laneOf(shard), [{ shard, device, session: 'dead.1.1', sinceMs: 0 }]);
  return link.command('or:{nodes}', (redis) => redis.zadd('or:{nodes}', link.clock.now(), 'dead'));
}

function sha1Of(lua: string): string {
  return createHash('sha1').update(lua).digest('hex');
}

/** MONITOR writes line ends and other bytes in its own way. */
function lettersOf(lua: string): string {
  return lua.replace(/\\(?:[nrt"]|x[0-9a-f]{2})|\W/g, '');
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
      const observed = await ObservedCommands.of(servers[form].url);
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
        const { device: former, signer } = await claimedDevice(one);
        say(former, 'Contacts', { accept: 'listed', add: [contactTag(former.hardwareId, sender.hardwareId)] });
        expect((await former.next('ContactsResponse')).payload).toMatchObject({ listed: 1 });
        const heir = await TestDevice.connect(other.url);
        heir.hardwareId = former.hardwareId;
        const key = await DeviceSigner.make();
        await registerClaimed(heir, key, { succession: await signer.succeededBy(former.hardwareId, key) });
        sender.sendMessage(former.hardwareId);
        await heir.next('Receive');
        await Promise.all([former.close(), heir.close()]);
        await sender.next('Ack');
        // More than it may: the script asks how long the window lasts. Without a replica it is refused after a wait.
        const replicated = await startEdge({
          redisUrl: as('edge'),
          env: { ...quickDrain, RELAY_MIN_REPLICAS: '1', RELAY_REQUESTS_PER_MINUTE: '1' },
        });
        const unlucky = await TestDevice.connect(replicated.url);
        await unlucky.register();
        for (const code of [503, 429]) {
          unlucky.sendMessage(recipient.hardwareId);
          expect(await unlucky.next('Error')).toMatchObject({ payload: { code } });
        }
        await recipient.next('Receive');
        const large = sender.sendMessage(recipient.hardwareId, { ttl: 0, encrypted_data: 'x'.repeat(100_000) });
        expect((await recipient.next('Receive')).payload).toMatchObject({ message_id: large.message_id });
        recipient.ack(large.message_id);
        await sender.next('Ack');
        recipient.sendFrame({ type: 'Status', payload: { hardware_id: recipient.hardwareId, status: 'Offline' } });
        sender.sendMessage(recipient.hardwareId, { ttl: 1 });
        await sender.next('Ack');
        recipient.sendFrame({ type: 'Status', payload: { hardware_id: recipient.hardwareId, status: 'Online' } });
        await recipient.next('Receive');
        await replicated.stop();
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
        const typed = form === 'redis' ? commands : ['status', 'drain nobody'];
        const answers = await Promise.all(typed.map((command) => ask('relayctl', ...command.split(' '))));
        expect(answers.map(({ stderr }) => stderr)).toEqual(typed.map(() => ''));
      } finally {
        await Promise.all([one, other, janitor, ops].map((service) => service.stop()));
      }
      await observed.stop('relayctl');
      expect(await asAdministrator(form, denied)).toEqual([[]]);
      for (const service of services) asked[service].push(...observed.of(service));
    });
  },
);

/** What a script waits for, in whose absence its rules are not looked at here. */
const seldom: Readonly<Record<string, string>> = {
  deployment_move: 'a Redis of an older version',
  mailbox_adopt: 'a Redis of an older version',
  device_check: 'half of a lease, or a notice that got lost',
  device_mark: 'a socket that takes no more',
  device_stay: 'a device that stays for ten minutes',
  queue_expire: 'a full queue in which something has expired',
  ledger_count: 'books that do not balance at once',
  metrics_add: 'a job that has something to count',
  metrics_roll_up: 'an hour that is over',
};

/** Scripts of a service that are not among the commands. */
function notRun(service: ServiceName, commands: readonly string[][]): string[] {
  const ran = new Set(commands.map(([name = '', script = '']) => (/^eval/i.test(name) ? lettersOf(script) : '')));
  const missing = scriptsOf(service).filter(({ lua }) => !ran.has(lettersOf(lua)) && !ran.has(sha1Of(lua)));
  return missing.map(({ name }) => name).filter((name) => !(name in seldom));
}

test.each(services)('%s runs every script that it is said to run', (service) => {
  expect(notRun(service, asked[service])).toEqual([]);
});

/** For what an older version left. */
const ofOlder = ['+zscan'];

test.each(services)('%s needs every rule that it has', async (service) => {
  // What scripts call is known from their sources; all their branches run under these rules in the tests of the state.
  const called = scriptsOf(service).flatMap(({ commands }) => [...commands].map((command) => `+${command}`));
  const keys = scriptsOf(service).flatMap(({ name, patterns }) => (name in seldom ? patterns : []));
  const known = [...ofOlder, ...called, ...keys.flatMap((pattern) => [`~${pattern}`, `%R~${pattern}`])];
  const needless = await needlessRules(servers.redis.url, accessRules(service), asked[service]);
  expect(needless.filter((rule) => !known.includes(rule))).toEqual([]);
});

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

describe('what is not its own is refused to', () => {
  const nobodys = [
    'KEYS *',
    'SCAN 0',
    'RANDOMKEY',
    'DBSIZE',
    'FLUSHALL',
    'FLUSHDB',
    'SWAPDB 0 1',
    'CONFIG GET maxmemory',
    'CONFIG SET maxmemory 1',
    'ACL LIST',
    'ACL WHOAMI',
    'CLIENT LIST',
    'CLIENT KILL ID 1',
    'MONITOR',
    'SHUTDOWN NOSAVE',
    'REPLICAOF NO ONE',
    'SAVE',
    'MODULE LIST',
    'FUNCTION LIST',
    'SCRIPT FLUSH',
    'LATENCY RESET',
    'SLOWLOG GET',
    'DUMP or:jobs',
    'PUBLISH or:{0}:to:node x',
    'PSUBSCRIBE *',
    'SSUBSCRIBE other',
    'SPUBLISH other x',
    'GET other',
    'SET other x',
    'EVAL return 1 1 other',
  ];
  const notOf: Record<ServiceName, string[]> = {
    edge: [
      'HGET or:jobs x',
      'GET or:lock:audit',
      'HGET or:audit x',
      'HGET {or:bull}:audit:meta x',
      'ZADD {or:bull}:a:b 1 c',
    ],
    janitor: [
      'HGET or:{0}:pairings:A x',
      'GET or:{0}:live:a',
      'GET or:{0}:limit:A',
      'HSET or:deployment shards 1',
      'SSUBSCRIBE or:{0}:to:node',
      'SPUBLISH or:{0}:to:node x',
      'RPUSH or:{0}:box:A x',
      'HGET {or:bull}x y',
    ],
    ops: [
      'HSET or:jobs x y',
      'HSET or:{0}:ledger accepted 1',
      'GET or:{0}:box:A',
      'HGETALL or:{0}:box:A',
      'SPUBLISH or:{0}:to:node x',
      'EVAL return 1 0',
    ],
    relayctl: ['HSET or:jobs x y', 'DEL or:{0}:box:A', 'HGET or:{0}:pairings:A x', 'SSUBSCRIBE or:{0}:to:node'],
  };

  test.each(services)('%s', async (service) => {
    const allowed: string[] = [];
    for (const command of [...nobodys, ...notOf[service]]) {
      const words = command.startsWith('EVAL')
        ? ['EVAL', 'return 1', ...command.split(' ').slice(3)]
        : command.split(' ');
      const refused = await askRedis(urlAs(service, 'redis'), words).then(
        () => 'no',
        ({ message }: Error) => message,
      );
      if (!refused.startsWith('NOPERM')) allowed.push(`${command}: ${refused}`);
    }
    expect(allowed).toEqual([]);
  });
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
