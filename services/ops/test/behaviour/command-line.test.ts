import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot, runScript } from '@openrelay/launch';

const entry = join(repositoryRoot, 'services/ops/dist/main.js');
const token = 'correct-horse-battery-staple';

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runScript(entry, args, env);
}

test('--help names every option', async () => {
  const { code, stdout, stderr } = await run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const text of ['Usage: ops', '--help', '--check-config', '--print-defaults']) expect(stdout).toContain(text);
});

test('--print-defaults tells the settings of ops', async () => {
  const { code, stdout } = await run(['--print-defaults']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^OPS_PORT=3100$/m);
  expect(stdout).toMatch(/^OPS_TOKEN=$/m);
});

test('--check-config says what is wrong, and never shows a token', async () => {
  expect((await run(['--check-config'], { OPS_TOKEN: token })).code).toBe(0);
  const { code, stderr } = await run(['--check-config'], { OPS_PORT: '70000', OPS_TOKEN: 'hunter2' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^OPS_PORT is "70000", but must be .+\.\nOPS_TOKEN is not shown here, but must be .+\.\n$/);
  expect(stderr).not.toContain('hunter2');
});

test('an unknown argument ends with exit code 2', async () => {
  const { code, stderr } = await run(['--nonsense']);
  expect(code).toBe(2);
  expect(stderr).toContain('--help');
});

test('a port that is taken is told in one sentence', async () => {
  const taken = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
  const { port } = taken.address() as AddressInfo;
  try {
    const { code, stderr } = await run([], { OPS_PORT: String(port), REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `ops: OPS_PORT ${port} on 127.0.0.1 cannot be opened (EADDRINUSE): use another, or stop what has it.\n`,
    );
  } finally {
    taken.close();
  }
});
