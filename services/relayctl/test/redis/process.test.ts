import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, repositoryRoot, runScript, startRedis } from '@openrelay/launch';
import { FixedCluster, linkAt, nowMs, waiting } from './fixed-cluster';

const bin = join(repositoryRoot, 'services/relayctl/bin/relayctl.js');
let cluster: FixedCluster;

beforeAll(async () => {
  cluster = await FixedCluster.start();
});
afterAll(() => cluster.stop());

function relayctl(args: readonly string[], env: Record<string, string> = {}, script = bin) {
  return runScript(script, args, { REDIS_URL: cluster.server.url, ...env });
}

const oneSentence = /^[^\n]+\n$/;

describe('a real process', () => {
  test.each([
    ['status'],
    ['top'],
    ['nodes'],
    ['bandwidth'],
    ['metrics'],
    ['queues'],
    ['device', waiting],
    ['drain', 'nobody'],
    ['config', 'check'],
  ])('%s %s answers JSON when it is asked for it, before or after the command', async (...words) => {
    const argv = words.filter((word) => word !== undefined);
    const answers = await Promise.all([relayctl(['--json', ...argv]), relayctl([...argv, '--json'])]);
    for (const { stdout, stderr } of answers) {
      expect(stderr).toBe('');
      expect(typeof JSON.parse(stdout)).toBe('object');
      expect(stdout).not.toContain(waiting.slice(0, 9));
    }
  });

  test('ledger check answers a line of JSON for each shard, and 1 when one does not balance', async () => {
    const { code, stdout } = await relayctl(['ledger', 'check', '--json']);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).shard)).toEqual([0, 1, 2, 3]);
  });

  test('status ends with 0 and a verdict when all is well, and with 1 when something is wrong', async () => {
    const well = await relayctl(['status']);
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/\nAll well\.\n$/);
    await cluster.breakIt();
    const wrong = await relayctl(['status']);
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(wrong.stdout).toMatch(
      /\nWrong: node 77c0ffee0001 is silent; .*\.\nWarning: job tidy-up has not run yet\.\n$/,
    );
  });

  test('drain of a node that listens ends with 0', async () => {
    const listener = await linkAt(cluster.server.url, nowMs);
    await listener.command('or:{0}:to:a-node', (redis) => redis.ssubscribe('or:{0}:to:a-node'));
    const { code, stdout, stderr } = await relayctl(['drain', 'a-node']);
    listener.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(oneSentence);
  });

  test('drain of a node that is not there ends with 1 and one sentence', async () => {
    const { code, stdout, stderr } = await relayctl(['drain', 'nobody']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(oneSentence);
  });

  test('config check ends with 1 for settings that contradict the deployment', async () => {
    const { code, stdout } = await relayctl(['config', 'check']);
    expect(code).toBe(1);
    expect(stdout).toContain('RELAY_SHARDS is 16, but this Redis was set up with 4 shards.');
  });

  test('config check lists every wrong setting', async () => {
    const { code, stdout } = await relayctl(['config', 'check'], { PORT: 'x', RELAY_SHARDS: '0' });
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  test('prints no colours where nobody sees them', async () => {
    expect((await relayctl(['status'])).stdout).not.toContain('\u001b');
  });
});

describe('an answer that cannot be written', () => {
  async function runInto(stdout: number | 'pipe', args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
    const env = { PATH: process.env.PATH, REDIS_URL: cluster.server.url };
    const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', stdout, 'pipe'], timeout: 60_000 });
    child.stdout?.destroy();
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  }

  test.each([
    [['status', '--json']],
    [['status']],
    [['nodes']],
    [['metrics', '--json']],
    [['ledger', 'check']],
    [['device', waiting]],
    [['config', 'check', '--json']],
    [['--help']],
  ])('because the disk is full ends it with 3 and one sentence: %j', async (args) => {
    const full = openSync('/dev/full', 'w');
    const ended = await runInto(full, args);
    closeSync(full);
    expect(ended).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^The answer could not be written: ENOSPC.*\.\n$/),
    });
  });

  test('because its reader has gone, as head does, is no failure', async () => {
    expect(await runInto('pipe', ['nodes'])).toEqual({ code: 0, stderr: '' });
  });
});

describe('called wrongly it ends with 2 and says what is wrong', () => {
  test.each([
    [['nonsense'], 'nonsense'],
    [['status', '--nonsense'], '--nonsense'],
    [['status', 'extra'], 'too many arguments'],
    [['status', '--json=yes'], '--json=yes'],
    [['--redis'], '--redis'],
    [['drain'], 'NODE'],
    [['ledger'], 'check'],
    [[], 'Usage: '],
    [['metrics', '--from', 'yesterday'], '--from is "yesterday", but must be a time: now, '],
    [['metrics', '--from', '1m', '--to', '1h'], 'must not be after'],
    [['metrics', '--step', 'week'], '--step is "week", but must be one of minute, hour, day'],
    [['metrics', '--from', '40d'], '1500'],
  ])('%j', async (args, says) => {
    const { code, stdout, stderr } = await relayctl(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  test.each([[['nonsense']], [['status', '--nonsense']], [['ledger', 'chekc']], [['--redis']], [['drain']]])(
    '%j, and where the help is instead of all of it',
    async (args) => {
      const { stderr } = await relayctl(args);
      expect(stderr).toMatch(/^relayctl: [^\n]+[^.\n]; --help tells how to use it\.\n$/);
    },
  );

  test.each([
    [['metrics', '--from', 'yesterday'], '--from is "yesterday", but must be a time: now, '],
    [['metrics', '--step', 'week'], 'minute, hour, day'],
    [['device', 'abc'], 'HASH must be a SHA-256'],
  ])('%j, also when Redis cannot be asked', async (args, says) => {
    const { code, stderr } = await relayctl([...args, '--redis', `redis://127.0.0.1:${await freePort()}`]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
  });

  test('a hash that is none, without repeating it', async () => {
    const { code, stdout, stderr } = await relayctl(['device', waiting.slice(1)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(oneSentence);
    expect(stderr).not.toContain(waiting.slice(1, 10));
  });

  test.each([
    [['status', '--redis', 'redis://h:9x:hunter2'], '--redis is "redis://h:***", but must be a URL such as redis://'],
    [['status', '--redis='], '--redis is "", but must be a URL such as redis://'],
    [['config', 'check', '--redis', 'http://x'], '--redis is "http://x", but must be a URL such as redis://'],
  ])('an address that is none: %j', async (args, says) => {
    const { code, stdout, stderr } = await relayctl(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(oneSentence);
    expect(stderr).toContain(says);
  });

  test('an address in REDIS_URL that is none', async () => {
    const { code, stdout, stderr } = await relayctl(['status'], { REDIS_URL: 'redis+sentinel://127.0.0.1:1' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^REDIS_URL is "redis\+sentinel:\/\/127\.0\.0\.1:1", but must be a URL such as [^\n]+\.\n$/);
  });

  test('a setting that is wrong', async () => {
    const { code, stderr } = await relayctl(['status'], { RELAY_MONTHLY_LIMIT_BYTES: 'much' });
    expect(code).toBe(2);
    expect(stderr).toMatch(oneSentence);
  });
});

// At once: each waits some seconds for its Redis.
describe('a Redis that cannot be asked ends it with 3 and one sentence', () => {
  async function expectSentence(args: readonly string[], url: string, says: string): Promise<void> {
    const { code, stdout, stderr } = await relayctl(args, { REDIS_URL: url });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(oneSentence);
    expect(stderr).toContain(says);
  }

  test.concurrent.each([['status'], ['top'], ['config', 'check']])('%s %s', async (...words) => {
    const port = await freePort();
    const args = words.filter((word) => word !== undefined);
    await expectSentence(args, `redis://user:secret@127.0.0.1:${port}`, `redis://***@127.0.0.1:${port}`);
  });

  test.concurrent('one that wants a password', async () => {
    const locked = await startRedis({ extraArgs: ['--requirepass', 'hunter2'] });
    const address = locked.url.replace('redis://', '');
    try {
      await expectSentence(['status'], locked.url, `wants a password: REDIS_URL=redis://:PASSWORD@${address}\n`);
    } finally {
      await locked.stop();
    }
  });

  test.concurrent('one that is none, is no Cluster, or does not answer', async () => {
    // Answers as a web server does, and lets the asker hang up: one that is cut off would say only that.
    const asked: Socket[] = [];
    const http = createServer((socket) => {
      asked.push(socket);
      socket.on('error', () => undefined).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await once(http.listen(0, '127.0.0.1'), 'listening');
    const { port } = http.address() as AddressInfo;
    const plain = await startRedis();
    const group = plain.url.replace('redis://', 'redis+cluster://');
    try {
      const web = `redis://127.0.0.1:${port}`;
      const secure = plain.url.replace('redis:', 'rediss:');
      await Promise.all([
        expectSentence(['status'], web, `What answers at ${web} is not Redis.`),
        expectSentence(['status'], group, `${group} is not in cluster mode; redis:// ?`),
        expectSentence(['status'], secure, 'or does not speak TLS there; redis:// ?'),
      ]);
      plain.kill('SIGSTOP');
      await expectSentence(['status'], plain.url, 'cannot be asked: it does not answer.');
    } finally {
      plain.kill('SIGCONT');
      await plain.stop();
      http.close();
      for (const socket of asked) socket.destroy();
    }
  });

  test.concurrent('one that never served a relay', async () => {
    const empty = await startRedis();
    try {
      await expectSentence(['status'], empty.url, 'never served a relay');
    } finally {
      await empty.stop();
    }
  });
});

test.each([['--help'], ['help'], ['ledger', 'check', '--help']])(
  '%s %s %s tells options and exit codes',
  async (...words) => {
    const { code, stdout, stderr } = await relayctl(words.filter((word) => word !== undefined));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['--json', 'REDIS_URL', ' 0 ', ' 1 ', ' 2 ', ' 3 ']) expect(stdout).toContain(word);
  },
);

test('--version tells its version', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  expect(await relayctl(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('before a build it says to build first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'relayctl-'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(bin, join(folder, 'bin/relayctl.js'));
  const { code, stdout, stderr } = await relayctl(['status'], {}, join(folder, 'bin/relayctl.js'));
  rmSync(folder, { recursive: true });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain('npm run build');
});
