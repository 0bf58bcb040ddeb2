import { afterEach, describe, expect, test } from '@jest/globals';
import { askRedis, freePort, startRedis } from '@openrelay/launch';
import { askAtStart, connectRedis, watchRedis } from '@openrelay/service';
import { RedisLink, RedisUnavailable } from '@openrelay/state';
import { createLog } from '@openrelay/telemetry';
import { eventually } from '@openrelay/testing';

const running: { stop(): unknown }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

function linkTo(url: string): RedisLink {
  const link = new RedisLink({ url, commandTimeoutMs: 500, monotonicMs: () => performance.now() });
  running.push({ stop: () => link.close() });
  return link;
}

test('a Redis that does not answer is told in one sentence', async () => {
  const link = linkTo(`redis://127.0.0.1:${await freePort()}`);
  const sentence = /^Redis does not answer \(.*ECONNREFUSED.*\): check REDIS_URL, and that Redis is running\.$/;
  await expect(connectRedis(link, 300)).rejects.toThrow(sentence);
});

test('a Redis without TLS, asked with it, is told as what it may be', async () => {
  const server = await startRedis();
  running.push(server);
  const link = linkTo(server.url.replace('redis://', 'rediss://'));
  await expect(connectRedis(link, 1000)).rejects.toThrow(
    /^Redis does not answer \(.*\), or speaks no TLS there, for which redis:/,
  );
});

test('a Redis that wants a password is told without what the client makes of it', async () => {
  const server = await startRedis({ extraArgs: ['--requirepass', 'pw'] });
  running.push(server);
  const link = linkTo(server.url);
  await expect(connectRedis(link, 5000)).rejects.toThrow(
    'Redis refuses the user or the password (NOAUTH, it wants a password): check REDIS_USERNAME and REDIS_PASSWORD',
  );
});

test('a wrong password is not said to stand in REDIS_URL: it may be that of a file', async () => {
  const server = await startRedis({ extraArgs: ['--requirepass', 'pw'] });
  running.push(server);
  const link = linkTo(server.url.replace('redis://', 'redis://:no@'));
  await expect(connectRedis(link, 5000)).rejects.toThrow(
    /^Redis refuses the user or the password \(WRONGPASS .*\): check REDIS_USERNAME and REDIS_PASSWORD or REDIS_PASSWORD_FILE, or/,
  );
});

describe('what a service asks at its start', () => {
  const ask = (link: RedisLink) => link.command('or:nodes', (redis) => redis.get('or:nodes'));

  test('is asked again when Redis stalled in that very moment', async () => {
    const server = await startRedis();
    running.push(server);
    const link = linkTo(server.url);
    await connectRedis(link, 5000);
    await askRedis(server.url, ['CLIENT', 'PAUSE', '1500']);
    await expect(ask(link)).rejects.toThrow(RedisUnavailable);
    expect(await askAtStart(() => ask(link), 30_000)).toBeNull();
  });

  test('is told in one sentence when nothing answers it', async () => {
    const server = await startRedis();
    running.push(server);
    const link = linkTo(server.url);
    await connectRedis(link, 5000);
    server.kill('SIGSTOP');
    const sentence = /^Redis does not answer \(.*\): check REDIS_URL, and that Redis is running\.$/;
    await expect(askAtStart(() => ask(link), 300)).rejects.toThrow(sentence);
    server.kill('SIGCONT');
  });

  test('is not asked again when Redis refuses it', async () => {
    let asked = 0;
    const refused = async () => {
      asked += 1;
      throw new Error('READONLY');
    };
    await expect(askAtStart(refused, 5000)).rejects.toThrow('READONLY');
    expect(asked).toBe(1);
  });
});

test('a Redis that goes and comes is logged each time, with how long it was away', async () => {
  const server = await startRedis();
  running.push(server);
  const link = linkTo(server.url);
  await connectRedis(link, 5000);
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  watchRedis(link, createLog({ level: 'info', service: 'ops', node: 'n', destination }));
  const beforeMs = performance.now();
  server.kill('SIGKILL');
  await eventually(() => expect(lines).toHaveLength(1));
  await server.restart();
  await eventually(() => expect(lines).toHaveLength(2));
  const [away, back] = lines.map((line) => JSON.parse(line));
  expect(away).toMatchObject({ level: 'warn', event: 'redis.away', reason: expect.any(String) });
  expect(back).toMatchObject({ level: 'info', event: 'redis.back', awayMs: expect.any(Number) });
  expect(back.awayMs).toBeGreaterThan(0);
  expect(back.awayMs).toBeLessThanOrEqual(Math.round(performance.now() - beforeMs));
});
