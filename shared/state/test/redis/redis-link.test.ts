import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { askRedis, freePort, startRedis } from '@openrelay/launch';
import { eventually } from '@openrelay/testing';
import { type RedisLink, RedisUnavailable, Registry } from '../../src/index';
import { bandwidthFlushKey, bandwidthKey } from '../../src/scripts/keys';
import { freely, freshDevice, freshName, freshShard, linkTo, useStateRig } from './state-rig';

/** For what has a bound, on a machine however slow: without one it would take for ever. */
const patienceMs = 15_000;

const rig = useStateRig();

async function open(url: string, commandTimeoutMs = 500): Promise<{ link: RedisLink; heard: string[] }> {
  const link = await rig.openLink({ url, commandTimeoutMs });
  const heard: string[] = [];
  link
    .on('unavailable', (reason) => heard.push(`unavailable: ${reason}`))
    .on('available', () => heard.push('available'));
  return { link, heard };
}

function add(link: RedisLink, month: string, flush: string): Promise<unknown> {
  const keys = { monthKey: bandwidthKey(month), flushedKey: bandwidthFlushKey(freshName('node')) };
  const lifetimes = { monthLifetimeMs: 60_000, flushedLifetimeMs: 60_000 };
  return link.run('bandwidth_add', { ...keys, ...lifetimes, flush, bytes: 1 });
}

async function tookMs(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const startedMs = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, ms: performance.now() - startedMs };
}

describe('a Redis that is stopped and connected', () => {
  test('makes every call reject within a second, is told once, and comes back by itself', async () => {
    const server = await rig.ownRedis();
    const { link, heard } = await open(server.url);
    server.kill('SIGSTOP');
    const calls = [
      add(link, 'm', 'f'),
      add(link, 'm', 'g'),
      link.command('or:nodes', (redis) => redis.get('or:nodes')),
    ];
    for (const { error, ms } of await Promise.all(calls.map(tookMs))) {
      expect(error).toBeInstanceOf(RedisUnavailable);
      expect(ms).toBeLessThan(patienceMs);
    }
    expect(link.isAvailable).toBe(false);
    expect(heard).toEqual(['unavailable: no answer within 500 ms']);
    const { error, ms } = await tookMs(add(link, 'm', 'h'));
    expect(error).toBeInstanceOf(RedisUnavailable);
    expect(ms).toBeLessThan(patienceMs);
    server.kill('SIGCONT');
    await eventually(() => expect(heard.at(-1)).toBe('available'), { timeoutMs: 30_000 });
    expect(link.isAvailable).toBe(true);
    expect(await link.ofEachMaster((redis) => redis.ping())).toEqual(['PONG']);
    expect(heard.filter((event) => event === 'available')).toHaveLength(1);
  });

  test('is left once, however many commands find it silent', async () => {
    const server = await rig.ownRedis();
    const { link } = await open(server.url, 300);
    const [stream] = await link.ofEachMaster(async (redis) => redis.stream);
    const listenersBefore = stream!.listenerCount('close');
    server.kill('SIGSTOP');
    const calls = Array.from({ length: 20 }, () => link.command('or:nodes', (redis) => redis.get('or:nodes')));
    await Promise.allSettled(calls);
    expect(stream!.listenerCount('close')).toBeLessThanOrEqual(listenersBefore + 1);
  });

  test('answers nothing of what was given up to what comes after', async () => {
    const server = await rig.ownRedis();
    const { link, heard } = await open(server.url, 300);
    await link.command('or:nodes', (redis) => redis.set('or:nodes', 'value'));
    for (let round = 0; round < 3; round += 1) {
      server.kill('SIGSTOP');
      await expect(link.command('or:nodes', (redis) => redis.get('or:nodes'))).rejects.toThrow(RedisUnavailable);
      server.kill('SIGCONT');
      const before = heard.length;
      await eventually(() => expect(heard.slice(before)).toContain('available'), { timeoutMs: 30_000 });
      expect(await link.ofEachMaster((redis) => redis.echo(`round ${round}`))).toEqual([`round ${round}`]);
    }
  });
});

describe('a Redis that dies', () => {
  test('is unavailable at once, with a reason, and available again when it is started again', async () => {
    const server = await rig.ownRedis();
    const { link, heard } = await open(server.url);
    const toldMs: number[] = [];
    link.on('available', (unavailableMs) => toldMs.push(unavailableMs));
    const beforeMs = performance.now();
    server.kill('SIGKILL');
    await eventually(() => expect(heard[0]).toMatch(/^unavailable: /));
    expect(heard[0]).not.toContain('not connected yet');
    await expect(link.ofEachMaster((redis) => redis.ping())).rejects.toThrow(RedisUnavailable);
    await server.restart();
    await eventually(() => expect(heard.at(-1)).toBe('available'), { timeoutMs: 30_000 });
    expect(toldMs).toEqual([expect.any(Number)]);
    expect(toldMs[0]).toBeGreaterThan(0);
    expect(toldMs[0]).toBeLessThanOrEqual(performance.now() - beforeMs);
    await expect(add(link, 'm', 'f')).resolves.toBeDefined();
  });

  test('costs a call on its way, which is not sent again', async () => {
    const server = await rig.ownRedis();
    const { link, heard } = await open(server.url, 5000);
    const month = freshName('id');
    server.kill('SIGSTOP');
    const added = tookMs(add(link, month, 'f'));
    await link.ofEachMaster(async (redis) => redis.disconnect(true));
    expect((await added).error).toBeInstanceOf(RedisUnavailable);
    server.kill('SIGCONT');
    await eventually(() => expect(heard.at(-1)).toBe('available'), { timeoutMs: 30_000 });
    const total = await link.command(bandwidthKey(month), (redis) => redis.get(bandwidthKey(month)));
    expect(Number(total)).toBeLessThanOrEqual(1);
  });
});

describe('a Redis that became a replica', () => {
  test('is unavailable until it, or what its address leads to then, is a master', async () => {
    const server = await startRedis();
    rig.endAfterTest(() => server.stop());
    const { link, heard } = await open(server.url);
    const nobody = String(await freePort());
    await askRedis(server.url, ['REPLICAOF', '127.0.0.1', nobody]);
    await expect(add(link, 'm', 'f')).rejects.toThrow(RedisUnavailable);
    await eventually(() => expect(heard[0]).toMatch(/^unavailable: /));
    await eventually(() => expect(link.reason).toContain('replica'));
    await expect(add(link, 'm', 'g')).rejects.toThrow(RedisUnavailable);
    expect(heard).toHaveLength(1);
    await askRedis(server.url, ['REPLICAOF', 'NO', 'ONE']);
    await eventually(() => expect(heard.at(-1)).toBe('available'), { timeoutMs: 30_000 });
    await expect(add(link, 'm', 'h')).resolves.toBeDefined();
  });
});

describe('a Redis that is not there', () => {
  test('lets connect reject after its bound, saying why', async () => {
    const link = linkTo(`redis://127.0.0.1:${await freePort()}`);
    rig.endAfterTest(() => link.close());
    const { error, ms } = await tookMs(link.connect(300));
    expect(error).toBeInstanceOf(RedisUnavailable);
    expect(String(error)).toContain('ECONNREFUSED');
    expect(ms).toBeLessThan(patienceMs);
    await expect(add(link, 'm', 'f')).rejects.toThrow(RedisUnavailable);
  });

  test('is waited for no longer once the link is closed', async () => {
    const link = linkTo(`redis://127.0.0.1:${await freePort()}`);
    const connecting = tookMs(link.connect(10 * patienceMs));
    link.close();
    const { error, ms } = await connecting;
    expect(error).toBeInstanceOf(RedisUnavailable);
    expect(ms).toBeLessThan(patienceMs);
  });

  test('is told of by that, when something takes connections there and says nothing', async () => {
    const taken: Socket[] = [];
    const silent = createServer((socket) => taken.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const link = linkTo(`rediss://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    rig.endAfterTest(() => link.close());
    const { error } = await tookMs(link.connect(300));
    silent.close();
    for (const socket of taken) socket.destroy();
    expect(String(error)).toContain('no answer in time');
  });
});

test('a process that was held up for longer than a command may take reads its answer, and does not take Redis for silent', async () => {
  const { link, heard } = await open(rig.server.url, 200);
  const call = add(link, 'm', 'f');
  await new Promise(setImmediate); // it has left
  const untilMs = performance.now() + 400;
  while (performance.now() < untilMs);
  await expect(call).resolves.toBeDefined();
  expect(heard).toEqual([]);
});

test('a link that was closed takes no more calls and says nothing', async () => {
  const { link, heard } = await open(rig.server.url);
  link.close();
  await expect(add(link, 'm', 'f')).rejects.toThrow(RedisUnavailable);
  expect(heard).toEqual([]);
});

test('commands that are issued together are all answered, each with its own', async () => {
  const { link } = await open(rig.server.url);
  let answers: Promise<string[][]> | undefined;
  link.together(() => {
    answers = Promise.all(Array.from({ length: 50 }, (_, i) => link.ofEachMaster((redis) => redis.echo(`${i}`))));
  });
  expect(await answers).toEqual(Array.from({ length: 50 }, (_, i) => [`${i}`]));
});

test('an answer that lay unread while this process was busy does not set the clock back', async () => {
  const { link } = await open(rig.server.url, 5000);
  const registry = new Registry(link, freshName('node'), freely);
  const shard = freshShard();
  const answered = registry.register(shard, [
    { shard, device: freshDevice(), session: freshName('session'), sinceMs: 0 },
  ]);
  await new Promise(setImmediate); // the call has left
  const busyUntilMs = performance.now() + 2000;
  while (performance.now() < busyUntilMs);
  await answered;
  const [seconds, micros] = await rig.redis.time();
  expect(link.clock.now()).toBeGreaterThan(Number(seconds) * 1000 + Number(micros) / 1000 - 1000);
});
