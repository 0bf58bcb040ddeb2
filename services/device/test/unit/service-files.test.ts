import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { launchdText } from '../../src/service/launchd-text';
import { serviceCall } from '../../src/service/service-call';
import { startupText } from '../../src/service/startup-text';
import { type UnitStart, unitText } from '../../src/service/unit-text';

const odd = '/opt/a b/"c"\\d%n$HOME<&>/openrelay.js';
const env = { OPENRELAY_HOME: '/home/ada/50% of "it"', PATH: '/usr/bin', DISPLAY: ':0', XDG_STATE_HOME: undefined };
const call = serviceCall([process.execPath, odd, 'up', '--foreground'], env);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openrelay-service-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a service is told of what the folders depend on, and of nothing else of a shell', () => {
  expect(call.env).toEqual({ OPENRELAY_HOME: env.OPENRELAY_HOME });
  expect(() => serviceCall(['/usr/bin/node', '/opt/a\nb'], {})).toThrow('control characters');
});

describe('the unit for systemd', () => {
  test('quotes paths so that systemd reads them back as they are', () => {
    const text = unitText(call, 'login');
    expect(text).toContain(
      `\nExecStart="${process.execPath}" "/opt/a b/\\"c\\"\\\\d%%n$$HOME<&>/openrelay.js" "up" "--foreground"\n`,
    );
    expect(text).toContain('\nEnvironment="OPENRELAY_HOME=/home/ada/50%% of \\"it\\""\n');
  });

  test.each(['desktop', 'login'] as UnitStart[])('begins with the %s', (start) => {
    const wanted = { desktop: 'graphical-session.target', login: 'default.target' }[start];
    const text = unitText(call, start);
    expect(text).toContain(`\nWantedBy=${wanted}\n`);
    expect(text.includes('PartOf=')).toBe(start === 'desktop');
    for (const line of ['Restart=on-failure', 'NoNewPrivileges=yes', 'UMask=0077', 'LimitCORE=0'])
      expect(text.split('\n')).toContain(line);
    // They hide the display's sockets, or need namespaces.
    expect(text).not.toMatch(/^(PrivateTmp|PrivateUsers|ProtectSystem|ProtectHome|MemoryDenyWriteExecute)/m);
  });

  test.each(['desktop', 'login'] as UnitStart[])('is taken by systemd without a complaint (%s)', (start) => {
    const file = join(folder, 'openrelay.service');
    writeFileSync(file, unitText(call, start));
    const words = ['verify', '--user', '--man=no', file];
    const { status, stderr } = spawnSync('systemd-analyze', words, {
      encoding: 'utf8',
      timeout: 30_000,
      env: { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder },
    });
    expect({ status, complaints: stderr.split('\n').filter((line) => line.includes('openrelay')) }).toEqual({
      status: 0,
      complaints: [],
    });
  });
});

describe('the file for launchd', () => {
  const text = launchdText(call, '/Users/ada/a&b/agent.log');

  test('says what runs, when, and again after a failure alone', () => {
    expect(text.split('\n').map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        '<string>/opt/a b/"c"\\d%n$HOME&lt;&amp;&gt;/openrelay.js</string>',
        '<key>RunAtLoad</key>',
      ]),
    );
  });

  test('is a property list with every word as it was', () => {
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: text, encoding: 'utf8', timeout: 30_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      Label: 'org.openrelay.device',
      ProgramArguments: [process.execPath, odd, 'up', '--foreground'],
      EnvironmentVariables: { OPENRELAY_HOME: env.OPENRELAY_HOME },
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 10,
      Umask: 0o077,
      StandardErrorPath: '/Users/ada/a&b/agent.log',
    });
  });
});

test('the batch file for Windows quotes what it runs, and takes % as it is', () => {
  const windows = serviceCall(['C:\\Program Files\\node.exe', 'C:\\100%\\openrelay.js', 'up'], env);
  expect(startupText(windows).split('\r\n')).toEqual([
    expect.stringMatching(/^@rem /),
    '@chcp 65001 >nul',
    '@set "OPENRELAY_HOME=/home/ada/50%% of "it""',
    '@"C:\\Program Files\\node.exe" "C:\\100%%\\openrelay.js" "up"',
    '',
  ]);
});
