import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { askRedis, freePort, repositoryRoot, runScript, startRedis } from '@openrelay/launch';
import { freshHardwareId, until } from '@openrelay/testing';
import { acknowledged, registeredDevice, sendAndAwaitAck } from '../../src';
import { useCluster } from './use-cluster';

const relayctl = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
const shards = 16;

type Line = { shard: number; status: string; missing?: number; books: Record<string, number> };

const cluster = useCluster({ edges: 2 });

function run(args: readonly string[], redisUrl = cluster.redis.url) {
  return runScript(relayctl, ['ledger', 'check', ...args], { REDIS_URL: redisUrl });
}

async function books(): Promise<{ code: number | null; lines: Line[] }> {
  const { code, stdout, stderr } = await run(['--json']);
  expect(stderr).toBe('');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ shard }) => shard)).toEqual(Array.from({ length: shards }, (_, shard) => shard));
  return { code, lines };
}

function sumOf(lines: readonly Line[], name: string): number {
  return lines.reduce((sum, line) => sum + line.books[name]!, 0);
}

function sums(lines: readonly Line[]) {
  return Object.fromEntries(['accepted', 'acked', 'expired', 'queued'].map((name) => [name, sumOf(lines, name)]));
}

/** 20 to connected devices and acked, 10 to absent ones, 3 that expire before their recipient comes, and one that it acks then. */
async function traffic(): Promise<void> {
  const sender = await registeredDevice(cluster.edge(0));
  for (let pair = 0; pair < 4; pair += 1) {
    const recipient = await registeredDevice(cluster.edge(pair % 2), { acks: true });
    for (let count = 0; count < 5; count += 1) {
      const { sent } = await sendAndAwaitAck(sender, recipient.hardwareId);
      await recipient.next('Receive');
      await acknowledged(recipient, sent.message_id);
    }
  }
  for (let count = 0; count < 10; count += 1) await sendAndAwaitAck(sender, freshHardwareId());
  const late = freshHardwareId();
  let expiresAtMs = 0;
  for (let count = 0; count < 3; count += 1) {
    expiresAtMs = Number((await sendAndAwaitAck(sender, late, { ttl: 1 })).answer.expires_at);
  }
  await until(expiresAtMs);
  const latecomer = await registeredDevice(cluster.edge(1), { hardwareId: late, acks: true });
  const { sent } = await sendAndAwaitAck(sender, late);
  expect((await latecomer.next('Receive')).payload).toEqual(sent);
  await acknowledged(latecomer, sent.message_id);
}

describe('after traffic', () => {
  beforeAll(traffic);

  test('every shard balances, in lines to read and lines to parse, and the sums are those of the traffic', async () => {
    const { code, lines } = await books();
    expect(code).toBe(0);
    expect(new Set(lines.map(({ status }) => status))).toEqual(new Set(['balanced']));
    expect(sums(lines)).toEqual({ accepted: 34, acked: 21, expired: 3, queued: 10 });

    const readable = await run([]);
    expect(readable).toMatchObject({ code: 0, stderr: '' });
    const expected = lines.map(({ shard, books: { accepted, acked, expired, queued } }) => {
      return `shard ${shard}: ${accepted} accepted = ${acked} acked + ${expired} expired + ${queued} queued\n`;
    });
    expect(readable.stdout).toBe(expected.join(''));
  });

  test('a shard whose books were tampered with is named, with the number that is missing, and the others balance', async () => {
    const tamper = (by: number) => askRedis(cluster.redis.url, ['HINCRBY', 'or:{5}:ledger', 'accepted', String(by)]);
    await tamper(2);
    try {
      const { code, lines } = await books();
      expect(code).toBe(1);
      const unbalanced = lines.filter(({ status }) => status !== 'balanced');
      expect(unbalanced).toMatchObject([{ shard: 5, status: 'unbalanced', missing: 2 }]);

      const readable = await run([]);
      expect(readable.code).toBe(1);
      expect(readable.stdout.match(/.*MISSING.*/g)).toEqual([expect.stringMatching(/^shard 5: .* \+ 2 MISSING$/)]);
    } finally {
      await tamper(-2);
    }
  });
});

describe('what cannot be checked ends with exit code 3 and one sentence', () => {
  function expectSentence({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>, says: string): void {
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).toContain(says);
  }

  test.concurrent.each(['127.0.0.1', 'localhost'])('a Redis that is not there: %s', async (host) => {
    const port = await freePort();
    expectSentence(await run([], `redis://${host}:${port}`), String(port));
  });

  test('a Redis that no relay has used', async () => {
    const empty = await startRedis();
    try {
      expectSentence(await run([], empty.url), 'never served a relay');
    } finally {
      await empty.stop();
    }
  });
});

test.each([
  ['--nonsense', "unknown option '--nonsense'"],
  ['shard', 'too many arguments'],
  ['--json=yes', "'--json=yes'"],
])('called with %s it ends with exit code 2 and says what is wrong and what helps', async (argument, says) => {
  const { code, stdout, stderr } = await run([argument]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).toContain('; --help tells how to use it.');
});

test('an address that is none is a wrong call', async () => {
  const { code, stdout, stderr } = await run([], 'redis+sentinel://127.0.0.1:1');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^REDIS_URL is [^\n]+ must be a URL [^\n]+name[^\n]+\n$/);
});

test('--help tells its options and exit codes', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of ['--json', 'REDIS_URL', ' 0 ', ' 1 ', ' 2', ' 3 ']) expect(stdout).toContain(word);
});
