import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, repositoryRoot } from '@openrelay/launch';
import { Machine } from '../command-rig';

let machine: Machine;
let env: Record<string, string>;

beforeAll(async () => {
  machine = new Machine(`ws://127.0.0.1:${await freePort()}/relay`);
  const bin = machine.path('bin');
  mkdirSync(bin);
  copyFileSync(join(repositoryRoot, 'services/device/test/service-rig/systemctl.sh'), join(bin, 'systemctl'));
  const CALLS = machine.path('calls');
  env = { PATH: `${bin}:${process.env.PATH}`, CALLS, XDG_CONFIG_HOME: machine.path('config'), ANSWERS: 'yes' };
});
afterAll(() => machine.remove());

const unit = () => machine.path('config/systemd/user/openrelay.service');
const run = (args: string[], further: Record<string, string> = {}) =>
  machine.run(args, '', { env: { ...env, ...further } });
const calls = () => readFileSync(env.CALLS!, 'utf8');

describe('openrelay install', () => {
  test('--print shows the unit, and writes nothing', async () => {
    const { code, stdout } = await run(['install', '--print']);
    expect([code, existsSync(unit())]).toEqual([0, false]);
    expect(stdout).toContain(
      `\nExecStart="${process.execPath}" "${join(repositoryRoot, 'services/device/bin/openrelay.js')}" "up" "--foreground"\n`,
    );
    expect(stdout).toContain(`\nEnvironment="OPENRELAY_HOME=${machine.home}"\n`);
  });

  test('without a login of the user’s own writes the unit, and says what to type there', async () => {
    const { code, stdout } = await run(['install'], { ANSWERS: '' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Wrote .*openrelay\.service\.\nYour systemd does not answer here.*“systemctl --user enable --now openrelay”\.\n$/,
    );
    expect((await run(['uninstall'], { ANSWERS: '' })).stdout).toMatch(/^Removed /);
    expect(existsSync(unit())).toBe(false);
  });

  test('has the agent run, in place of one that ran by “openrelay up”, and again changes nothing', async () => {
    const before = await machine.up();
    const first = await run(['install'], { DISPLAY: ':7', DESKTOP: 'yes' });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^Wrote .*\nopenrelay runs, now and from each login on;/);
    expect(readFileSync(unit(), 'utf8')).toContain('WantedBy=graphical-session.target');
    expect(calls()).toContain(
      '--user import-environment DISPLAY\n--user daemon-reload\n--user reenable openrelay.service\n',
    );
    const [status] = await machine.ask('status');
    expect(status).toMatchObject({ agent: 'runs' });
    expect(status!.pid).not.toBe(before);
    const second = await run(['install'], { DISPLAY: ':7', DESKTOP: 'yes' });
    expect(second.stdout).toMatch(/is as it was\.\nopenrelay runs/);
    expect((await machine.ask('status'))[0]!.pid).toBe(status!.pid);
  });

  test('uninstall takes the unit away, keeps what the device is, and says when there is none', async () => {
    const [identity] = await machine.ask('id');
    expect((await run(['uninstall'])).stdout).toMatch(/^Removed .*Keys, peers and settings stay/);
    expect(calls()).toContain('--user disable --now openrelay.service\n');
    expect(existsSync(unit())).toBe(false);
    expect((await run(['uninstall'])).stdout).toBe('It is not installed.\n');
    expect((await machine.ask('id'))[0]).toEqual(identity);
  });

  test('where there is no systemd, says what to have run instead', async () => {
    const { code, stderr } = await machine.run(['install'], '', { env: { ...env, PATH: machine.path('nothing') } });
    expect([code, existsSync(unit())]).toEqual([3, false]);
    expect(stderr).toMatch(
      /^There is no systemd here: have what starts your session run '.*' '.*openrelay\.js' 'up'\n$/,
    );
  });
});
