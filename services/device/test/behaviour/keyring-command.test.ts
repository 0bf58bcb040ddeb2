import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Child, eventually, findProgram, freePort, runToEnd, startChild } from '@openrelay/launch';
import { describeWhere } from '@openrelay/testing/describe-where';
import { isSentence, Machine } from '../command-rig';

const programs = ['gnome-keyring-daemon', 'secret-tool', 'dbus-daemon', 'gdbus'];
const missing = programs.filter((name) => findProgram(name) === undefined);
const service = 'org.freedesktop.secrets';

/** It begins no service by itself: a keyring beside the one of the test, or a window that asks for a password. */
const busConfig = (socket: string) => `<busconfig>
  <type>session</type>
  <listen>${socket}</listen>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`;

let machine: Machine;
let env: Record<string, string>;
beforeAll(async () => {
  machine = await new Machine(`ws://127.0.0.1:${await freePort()}/relay`).begin('laptop');
  mkdirSync(machine.path('run'), { mode: 0o700 });
  env = { HOME: machine.home, XDG_RUNTIME_DIR: machine.path('run') };
});
afterAll(() => machine.remove());

const run = (...args: string[]) => machine.run(args, '', { env });
const journal = () => readFileSync(machine.path('device/journal'), 'latin1');
const idOf = (stdout: string) => /^id +([0-9A-F]{64})$/m.exec(stdout)?.[1];

describe('without a keyring', () => {
  test('keys are in their file, and stay there when they can’t be sealed', async () => {
    await run('id');
    const on = await run('keyring', 'on');
    expect([on.code, on.stdout, isSentence(on.stderr) || on.stderr.endsWith('?\n')]).toEqual([3, '', true]);
    expect(journal()).toContain('"signing"');
    expect((await run('keyring')).stdout).toMatch(/^The keys are in their file, which only this user can read;/);
  });

  test('an agent that has the keys is ended first', async () => {
    await machine.up();
    expect(await run('keyring', 'on')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('“openrelay down” first'),
    });
    await machine.run(['down']);
  });
});

const why =
  missing.length === 0
    ? undefined
    : `${missing.join(', ')} missing (on Debian: apt-get install gnome-keyring libsecret-tools libglib2.0-bin dbus)`;

describeWhere(why, 'with a Secret Service', () => {
  let bus: Child;
  let daemon: Child;
  beforeAll(async () => {
    const socket = `unix:path=${machine.path('run/bus')}`;
    const config = machine.path('bus.conf');
    writeFileSync(config, busConfig(socket));
    const args = [`--config-file=${config}`, '--nofork'];
    bus = await startChild({ command: 'dbus-daemon', args, env: { PATH: process.env.PATH, ...env } });
    env = { ...env, DBUS_SESSION_BUS_ADDRESS: socket };
    daemon = await unlocked();
  });
  afterAll(async () => {
    await daemon?.stop('SIGTERM', 5_000);
    await bus?.stop('SIGTERM', 5_000);
  });

  const call = (method: string, ...args: string[]) =>
    runToEnd(
      [
        'gdbus',
        'call',
        '--session',
        '--dest',
        service,
        '--object-path',
        '/org/freedesktop/secrets',
        '--method',
        method,
        ...args,
      ],
      { env: { PATH: process.env.PATH, ...env } },
    );

  /** The password of the login keyring comes by its standard input. */
  async function unlocked(): Promise<Child> {
    writeFileSync(machine.path('password'), 'pw');
    const command = 'exec gnome-keyring-daemon --foreground --unlock --components=secrets <"$HOME/password"';
    const child = await startChild({ command: 'sh', args: ['-c', command], env: { PATH: process.env.PATH, ...env } });
    await eventually(async () => {
      const { stdout } = await call('org.freedesktop.Secret.Service.ReadAlias', 'default');
      expect(stdout).toContain('/collection/login');
    });
    return child;
  }

  test('the keys are sealed by one that is there, and it is the same device', async () => {
    const before = idOf((await run('id')).stdout);
    expect(journal()).toContain('"signing"');
    const copy = machine.path('device/journal.damaged');
    writeFileSync(copy, 'with keys');
    const on = await run('keyring', 'on');
    expect(existsSync(copy)).toBe(false);
    expect(on).toMatchObject({ code: 0, stderr: '' });
    expect(on.stdout).toMatch(/^The keys are sealed by one that is in the keyring\./);
    expect(journal()).not.toContain('"signing"');
    expect(idOf((await run('id')).stdout)).toBe(before);
  });

  test('a keyring that is locked, or gone, is a sentence for every command and for the agent, and nothing is made anew', async () => {
    const before = journal();
    await call('org.freedesktop.Secret.Service.Lock', "['/org/freedesktop/secrets/collection/login']");
    const locked = await run('id');
    expect(locked).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^The keyring is locked: unlock it/),
    });
    expect(await run('up')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^The keyring is locked: unlock it/),
    });
    const gone = await machine.run(['id'], '', { env: { ...env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' } });
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringMatching(/^The keyring can’t be reached/) });
    expect(journal()).toBe(before);
  });

  test('unlocked again, all is as it was, and the keys may go back to their file', async () => {
    await daemon.stop('SIGTERM', 5_000);
    daemon = await unlocked();
    const { stdout } = await run('id');
    expect(await run('keyring', 'off')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The keys are in their file/),
    });
    expect(journal()).toContain('"signing"');
    expect(idOf((await run('id')).stdout)).toBe(idOf(stdout));
  });
});
