import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot, runScript } from '@openrelay/launch';
import { statusOf } from '../../src';
import { useCluster } from './use-cluster';

const entry = join(repositoryRoot, 'services/edge/dist/main.js');

const cluster = useCluster({ edges: 1 });

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runScript(entry, args, env);
}

/** One line, one sentence, no stack. */
function expectSentence(text: string): void {
  expect(text).toMatch(/^edge: [^\n]+[.:][^\n]*\n$/);
  expect(text).not.toContain('    at ');
}

test('--help names every option', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const option of ['--help', '--check-config', '--print-defaults']) expect(stdout).toContain(option);
});

test('--print-defaults tells every setting with its default', async () => {
  const { code, stdout, stderr } = await run(['--print-defaults']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const defaults = {
    PORT: '3000',
    BIND_ADDR: '0.0.0.0',
    LOG_LEVEL: 'info',
    RELAY_REQUESTS_PER_MINUTE: '60',
    RELAY_POINTS_PER_MINUTE: '512',
    RELAY_MONTHLY_LIMIT_BYTES: '10000000000000',
    RELAY_WARNING_THRESHOLD_BYTES: '9500000000000',
    RELAY_MAX_TTL_SECONDS: '604800',
    RELAY_QUEUE_MAX_MESSAGES: '1000',
    RELAY_QUEUE_MAX_BYTES: '33554432',
    RELAY_MAX_FRAME_BYTES: '1048576',
    RELAY_IDLE_TIMEOUT_SECONDS: '120',
  };
  for (const [name, value] of Object.entries(defaults)) expect(stdout).toContain(`${name}=${value}`);
  for (const name of ['REDIS_URL', 'RELAY_DRAIN_SECONDS', 'RELAY_SHARDS']) expect(stdout).toContain(`${name}=`);
});

describe('--check-config', () => {
  test('says that right settings are right, without needing Redis', async () => {
    const { code, stdout } = await run(['--check-config'], { PORT: '4000', REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(0);
    expect(stdout).toContain('valid');
  });

  test.each([
    ['PORT', 'abc', '65535'],
    ['PORT', '70000', '65535'],
    ['LOG_LEVEL', 'loud', 'silent'],
    ['REDIS_URL', 'http://127.0.0.1', 'redis://'],
    ['RELAY_REQUESTS_PER_MINUTE', '-1', '0'],
    ['RELAY_MAX_TTL_SECONDS', '0', '1'],
    ['RELAY_IDLE_TIMEOUT_SECONDS', '5', '8'],
    ['RELAY_SHARDS', '1.5', '1024'],
    ['BIND_ADDR', 'nowhere', '0.0.0.0'],
  ])('names the variable, the value and what is allowed: %s=%s', async (name, value, allowed) => {
    const { code, stderr } = await run(['--check-config'], { [name]: value });
    expect(code).toBe(1);
    expect(stderr).toContain(name);
    expect(stderr).toContain(value);
    expect(stderr).toContain(allowed);
    expect(stderr).not.toContain('    at ');
  });

  test('tells all mistakes at once', async () => {
    const { code, stderr } = await run(['--check-config'], { PORT: 'x', RELAY_SHARDS: 'y' });
    expect(code).toBe(1);
    expect(stderr).toContain('PORT');
    expect(stderr).toContain('RELAY_SHARDS');
  });

  test('warns of a RELAY_ name that is no setting, and says nothing of a password', async () => {
    const env = { RELAY_MAX_TTL_SECOND: '5', REDIS_URL: 'redis://:hunter2@127.0.0.1:x' };
    const { code, stderr } = await run(['--check-config'], env);
    expect(code).toBe(1);
    expect(stderr).not.toContain('hunter2');
    const good = await run(['--check-config'], { RELAY_MAX_TTL_SECOND: '5' });
    expect(good.code).toBe(0);
    expect(good.stderr).toContain('RELAY_MAX_TTL_SECOND');
  });
});

test.each(['--nonsense', 'start'])('an unknown argument ends with exit code 2: %s', async (argument) => {
  const { code, stdout, stderr } = await run([argument]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(argument);
  expect(stderr).toContain('--help');
});

describe('an edge that cannot start says why in one sentence and ends with exit code 1', () => {
  test('when a setting is wrong', async () => {
    const { code, stderr } = await run([], { PORT: 'abc' });
    expect(code).toBe(1);
    expect(stderr).toContain('PORT');
    expect(stderr).toContain('abc');
  });

  test('when the port is in use', async () => {
    const { port } = cluster.edge(0);
    const env = { PORT: String(port), BIND_ADDR: '127.0.0.1', REDIS_URL: cluster.redis.url };
    const { code, stderr } = await run([], env);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain(String(port));
  });

  test('when Redis cannot be reached', async () => {
    const { code, stderr } = await run([], { PORT: '0', REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain('REDIS_URL');
  });

  test('when the deployment has another number of shards', async () => {
    const env = { PORT: '0', REDIS_URL: cluster.redis.url, RELAY_SHARDS: '8' };
    const { code, stderr } = await run([], env);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain('RELAY_SHARDS');
    expect(stderr).toContain('16');
    expect(await statusOf(cluster.edge(0), '/ready')).toBe(200);
  });
});
