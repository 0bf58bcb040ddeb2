import { rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@openrelay/launch';
import { isSentence, Machine } from '../command-rig';

let nobody: string;
let machine: Machine;
beforeAll(async () => {
  nobody = `ws://127.0.0.1:${await freePort()}/relay`;
  machine = await new Machine(nobody).begin('laptop');
});
afterAll(() => machine.remove());

function modeOf(path: string): number {
  return statSync(machine.path(path)).mode & 0o777;
}

describe('called wrongly, it ends with 2 and a sentence', () => {
  test.concurrent.each([
    [['nonsense']],
    [['pair', 'one', 'two']],
    [['pair', '7-clockwork-crossover']],
    [['pair', 'openrelay:pair?code=x']],
    [['pair', 'A1B2'.repeat(15)]],
    [['pair', '--windows', 'nonsense']],
    [['pair', '--wait', '7-crossover-clockwork']],
    [['rename', '']],
    [['rename', 'a\nb']],
    [['id', '--relay', 'ftp://relay.example']],
    [['receive', '--files', 'some']],
    [['receive', '--from', 'desk']],
    [['receive', '--last', 'x']],
    [['send']],
    [['id', '--what']],
    [['completion', 'tcsh']],
    [['keyring', 'maybe']],
    [['clip', 'maybe']],
  ])('%j', async (args) => {
    const { code, stdout, stderr } = await machine.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/[.…]\n$/);
    expect(stderr).not.toContain('    at ');
  });
});

test.concurrent.each([
  'up',
  'down',
  'id',
  'pair',
  'peers',
  'rename',
  'introduce',
  'forget',
  'send',
  'receive',
  'clip',
  'status',
  'rotate',
  'doctor',
  'install',
  'uninstall',
  'completion',
  'keyring',
])('%s --help says what it does, its options and the exit codes', async (command) => {
  const { code, stdout, stderr } = await machine.run([command, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`^Usage: openrelay ${command}`));
  for (const part of ['--json', '--relay <url>', 'Ends with']) expect(stdout).toContain(part);
});

describe('without a relay', () => {
  test('id, peers, rename, receive and status answer all the same', async () => {
    const [identity] = await machine.ask('id');
    expect(identity).toMatchObject({ name: 'laptop', relay: nobody, id: expect.stringMatching(/^[0-9A-F]{64}$/) });
    expect((await machine.ask('peers'))[0]).toEqual({ peers: [] });
    expect((await machine.run(['receive'])).stdout).toMatch(
      /^Files go to .*received; those of paired devices are taken\.\n/,
    );
    expect(await machine.run(['status'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('does not run: “openrelay up”'),
    });
  });

  test('doctor says what is wrong and what to do, and what is well', async () => {
    const { code, stdout } = await machine.run(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `Nothing answers at ${nobody}: no relay listens there. Start it, or name yours with --relay URL.`,
    );
    expect(stdout).toMatch(/^well {3}The store in .* is whole\.$/m);
    expect(stdout).not.toContain('damaged');
    writeFileSync(machine.path('device/journal.damaged'), '');
    expect((await machine.run(['doctor'])).stdout).toMatch(/^note {3}The store was damaged before/m);
    rmSync(machine.path('device/journal.damaged'));
  });

  test('the agent begins, says why it is not connected, and goes on trying', async () => {
    const { code, stdout } = await machine.run(['up']);
    expect(code).toBe(0);
    expect(stdout).toContain(`The relay at ${nobody} can’t be reached now. Is its address right`);
    const again = await machine.run(['up']);
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^openrelay runs already as “laptop”.*\n.*(It tries again in \d+ seconds?|It goes on trying)\.\n$/,
      ),
    ]);
    // Whoever can write to it speaks for this device.
    expect(modeOf('agent.sock')).toBe(0o600);
    expect((await machine.run(['down'])).stdout).toBe('Ended.\n');
    expect((await machine.run(['down'])).stdout).toBe('It does not run.\n');
  });
});

test('a home where none can be is told with why', async () => {
  writeFileSync(machine.path('no-folder'), '');
  const { code, stderr } = await new Machine(nobody, machine.path('no-folder', 'home')).run(['id'], '', {
    cwd: machine.home,
  });
  expect(code).toBe(3);
  expect(stderr).toMatch(/^The .*no-folder\/home.* can’t be \w+: a part of its path is no folder\.\n$/);
});

test('everything that it keeps is for this user alone', async () => {
  await machine.run(['id']);
  for (const [path, mode] of [
    ['device', 0o700],
    ['device/journal', 0o600],
    ['settings.json', 0o600],
  ] as const) {
    expect(modeOf(path)).toBe(mode);
  }
});

test('an agent of another version, and settings that are damaged, are told with what to do', async () => {
  const server = createServer((socket) => socket.end('{"openrelay":2}\n'));
  await new Promise<void>((resolve) => server.listen(machine.path('agent.sock'), resolve));
  const other = await machine.run(['id']);
  await new Promise((resolve) => server.close(resolve));
  expect(other).toMatchObject({ code: 3, stderr: expect.stringMatching(/^The agent that runs is of another version/) });
  writeFileSync(machine.path('settings.json'), '{');
  const damaged = await machine.run(['id']);
  expect([damaged.code, isSentence(damaged.stderr)]).toEqual([3, true]);
});
