import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { askRedis, freePort, type RunningRedis, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import type { Redis } from 'ioredis';
import { createJobConnection, type RedisLink } from '../../src/index';
import { parseRedisAddress } from '../../src/link/redis-address';
import { createSubscriber } from '../../src/link/redis-client';
import { linkTo } from './state-rig';

const mayAll = ['on', '>pw', '~*', '&*', '+@all'];
/** Without a user and the password `pw` nobody is let in. */
const access = ['--requirepass', 'pw', '--user', 'all', ...mayAll, '--user', 'no-select', ...mayAll, '-select'];

let plain: RunningRedis;
let ofCluster: RunningRedis;
const opened: { close(): unknown }[] = [];

beforeAll(async () => {
  [plain, ofCluster] = await Promise.all([startRedis({ extraArgs: access }), startRedis({ clusterMode: true })]);
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});
afterAll(() => Promise.all([plain, ofCluster].map((server) => server.stop())));

function openLink(url: string): RedisLink {
  const link = linkTo(url, 500);
  opened.push(link);
  return link;
}

function open(redis: Redis): Redis {
  opened.push({ close: () => redis.disconnect() });
  return redis;
}

function urlAs(user: string, path = '', scheme = 'redis'): string {
  return `${scheme}://${user}:pw@${plain.host}:${plain.port}${path}`;
}

/** As somebody who may do everything. */
function ask(...command: string[]): Promise<string> {
  return askRedis(urlAs('all'), command);
}

/** Attempts go on by themselves; the first that fails tells why. */
async function whyNot(url: string): Promise<string> {
  const link = openLink(url);
  link.connect(1000).catch(() => undefined);
  await eventually(() => expect(link.reason).not.toBe('not connected yet'));
  expect(link.isAvailable).toBe(false);
  return link.reason;
}

describe('a database that cannot be selected', () => {
  test('is refused, because there is none of that number', async () => {
    expect(await whyNot(urlAs('all', '/16'))).toBe('database 16 cannot be selected (ERR DB index is out of range)');
  });

  test('is refused, because its user may not', async () => {
    expect(await whyNot(urlAs('no-select', '/1'))).toMatch(/^database 1 cannot be selected \(NOPERM .*'select'/);
  });

  test('is refused, because a node of a Cluster has only one', async () => {
    const reason = 'database 1 cannot be selected (ERR SELECT is not allowed in cluster mode)';
    expect(await whyNot(`${ofCluster.url}/1`)).toBe(reason);
  });

  test('is not asked for where it is the first', async () => {
    await openLink(urlAs('no-select')).connect(5000);
    await openLink(urlAs('no-select', '/0')).connect(5000);
  });

  test.each<[string, (url: string) => Redis]>([
    ['a subscriber', (url) => createSubscriber(parseRedisAddress(url), 500, 'the one')],
    ['a connection of a job queue', (url) => createJobConnection(url) as Redis],
    ['a copy of one', (url) => open(createJobConnection(url) as Redis).duplicate()],
  ])('is refused to %s, which is never ready', async (_, connect) => {
    const redis = open(connect(urlAs('no-select', '/1')));
    const errors: string[] = [];
    let readied = 0;
    redis
      .on('error', ({ message }: Error) => errors.push(message))
      .on('ready', () => {
        readied += 1;
      });
    redis.connect().catch(() => undefined);
    await eventually(() => expect(errors.filter((text) => text.startsWith('database 1 '))).toHaveLength(3));
    expect(readied).toBe(0);
  });

  test('is refused at a reconnection too, and the link is back when it can be selected', async () => {
    await ask('ACL', 'SETUSER', 'changing', ...mayAll);
    const link = openLink(urlAs('changing', '/3'));
    await link.connect(5000);
    await ask('ACL', 'SETUSER', 'changing', '-select');
    await ask('CLIENT', 'KILL', 'USER', 'changing');
    await eventually(() => expect(link.reason).toMatch(/^database 3 cannot be selected/));
    expect(link.isAvailable).toBe(false);
    await ask('ACL', 'SETUSER', 'changing', '+select');
    await eventually(() => expect(link.isAvailable).toBe(true));
    await link.command('or:nodes', (redis) => redis.set('or:where', 'here'));
    const read = (database: number) =>
      askRedis(urlAs('all'), ['EVAL', `redis.call('SELECT', ${database}) return redis.call('GET', 'or:where')`, '0']);
    expect(await read(3)).toBe('here');
  });
});

describe('why Redis cannot be used is told', () => {
  test.each([
    ['a wrong password', 'redis', () => urlAs('all').replace(':pw@', ':no@'), /^WRONGPASS /],
    [
      'a wrong password',
      'redis+cluster',
      () => urlAs('all', '', 'redis+cluster').replace(':pw@', ':no@'),
      /^WRONGPASS /,
    ],
    ['no password', 'redis', () => `redis://${plain.host}:${plain.port}`, /^NOAUTH, it wants a password$/],
    [
      'no password',
      'redis+cluster',
      () => `redis+cluster://${plain.host}:${plain.port}`,
      /^NOAUTH, it wants a password$/,
    ],
    ['an unknown host', 'redis', () => 'redis://nobody.invalid', /nobody\.invalid/],
    ['an unknown host', 'redis+cluster', () => 'redis+cluster://nobody.invalid', /nobody\.invalid/],
    [
      'an unknown host',
      'redis+sentinel',
      () => 'redis+sentinel://nobody.invalid/relay',
      /^no Sentinel tells where the master is: .*nobody\.invalid/,
    ],
    ['no Cluster', 'redis+cluster', () => urlAs('all', '', 'redis+cluster'), /^it is not in cluster mode$/],
    [
      'a server that is no Sentinel',
      'redis+sentinel',
      () => `redis+sentinel://${plain.host}:${plain.port}/relay`,
      /^no Sentinel tells where the master is: (?:NOAUTH, .* of its own \(\?sentinelPassword=PASSWORD\)$|ERR )/,
    ],
  ])('of %s, by %s', async (_, __, url, why) => {
    expect(await whyNot(url())).toMatch(why);
  });

  test.each([
    ['redis', (at: string) => `redis://${at}`],
    ['redis+cluster', (at: string) => `redis+cluster://${at}`],
    ['redis+sentinel', (at: string) => `redis+sentinel://${at}/relay`],
  ])('of nobody there, by %s', async (_, url) => {
    const at = `127.0.0.1:${await freePort()}`;
    expect(await whyNot(url(at))).toMatch(
      new RegExp(`^(?:no Sentinel tells where the master is: )?connect ECONNREFUSED ${at}$`),
    );
  });
});

describe('with TLS asked for', () => {
  test.each([
    ['one server', (at: string) => `rediss://user:hunter2@${at}`],
    ['Sentinels', (at: string) => `rediss+sentinel://user:hunter2@${at}/relay?sentinelPassword=hunter2`],
    ['a Cluster', (at: string) => `rediss+cluster://user:hunter2@${at}`],
  ])('nothing goes to %s in clear', async (_, url) => {
    const heard: Buffer[] = [];
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (bytes) => {
          heard.push(bytes);
          socket.write('-ERR no TLS here\r\n');
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(server);
    await whyNot(url(`127.0.0.1:${(server.address() as { port: number }).port}`));
    expect(heard.length).toBeGreaterThan(0);
    const clientHello = 22;
    for (const bytes of heard) {
      expect(bytes[0]).toBe(clientHello);
      expect(bytes.toString('latin1')).not.toContain('hunter2');
    }
  });
});

test('a user who may not ask INFO is let in, and nothing is written to standard error', async () => {
  const written = [jest.spyOn(console, 'warn'), jest.spyOn(console, 'error')];
  await ask('ACL', 'SETUSER', 'plain', ...mayAll, '-info');
  const link = openLink(urlAs('plain'));
  await link.connect(5000);
  const jobs = open(createJobConnection(urlAs('plain')) as Redis);
  await jobs.connect();
  expect(await jobs.ping()).toBe('PONG');
  for (const output of written) expect(output).not.toHaveBeenCalled();
});
