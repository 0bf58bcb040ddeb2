import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@openrelay/testing';
import { Checkout } from './checkout';

let checkout: Checkout;

beforeEach(() => {
  checkout = new Checkout();
});

afterEach(() => {
  checkout.remove();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An npm that takes long, with a process of its own. */
async function startLongInstallation(name: string) {
  checkout.standIn('npm', 'sleep 20 & echo $$ $! >"$(dirname "$0")/pids"; wait');
  const command = await checkout.run(checkout.path('scripts', name));
  let pids: number[] = [];
  await eventually(() => {
    pids = checkout.read('programs/pids').trim().split(' ').map(Number);
    expect(pids).toHaveLength(2);
  });
  return { command, pids };
}

describe('a signal while something is installed ends all of it', () => {
  test.each([
    ['up', 'SIGTERM', 143],
    ['demo', 'SIGTERM', 143],
    ['test', 'SIGTERM', 143],
    ['up', 'SIGHUP', 129],
    ['up', 'SIGINT', 130],
  ] as const)('%s, %s', async (name, signal, code) => {
    const { command, pids } = await startLongInstallation(name);
    command.kill(signal);
    expect((await command.exited).code).toBe(code);
    for (const pid of pids) await eventually(() => expect(isAlive(pid)).toBe(false));
    expect(command.output()).not.toMatch('failed');
    if (signal === 'SIGINT') expect(command.output()).toMatch(/\nInterrupted\.\n$/);
  });
});

test('what fails while something is installed is shown', async () => {
  checkout.standIn('npm', 'echo no such package; exit 7');
  const command = await checkout.run(checkout.path('scripts/up'));
  expect((await command.exited).code).toBe(1);
  expect(command.output()).toMatch(
    /^Installing packages .*\nno such package\nInstalling packages .* failed; the whole output is in .*\/\.data\/logs\/install\.log\.\n$/,
  );
});

describe('a command finds its checkout', () => {
  const fails = 'echo reached; exit 7';

  test('with CDPATH set', async () => {
    checkout.standIn('npm', fails);
    const command = await checkout.run('scripts/up', [], { CDPATH: '.' });
    expect((await command.exited).code).toBe(1);
    expect(command.output()).toMatch('reached');
  });

  test.each(['up', 'demo', 'test'])('through a link to itself: %s', async (name) => {
    checkout.standIn('npm', fails);
    symlinkSync(checkout.path('scripts', name), checkout.path('link'));
    const command = await checkout.run('./link');
    expect((await command.exited).code).toBe(1);
    expect(command.output()).toMatch('reached');
  });
});

describe('a .data that cannot be written to is told in one sentence', () => {
  test.each(['up', 'demo', 'test'])('when it is no folder: %s', async (name) => {
    writeFileSync(checkout.path('.data'), '');
    const command = await checkout.run(checkout.path('scripts', name));
    expect((await command.exited).code).toBe(1);
    expect(command.output()).toBe(
      `${checkout.path('.data')} cannot be written to (Not a directory): it must be a folder of yours.\n`,
    );
  });

  test('when the disk is full', async () => {
    mkdirSync(checkout.path('.data/logs'), { recursive: true });
    symlinkSync('/dev/full', checkout.path('.data/logs/.probe'));
    const command = await checkout.run(checkout.path('scripts/up'));
    expect((await command.exited).code).toBe(1);
    expect(command.output()).toBe(
      `${checkout.path('.data')} cannot be written to (No space left on device): make room on its disk.\n`,
    );
  });
});

describe('a wrong call ends with 2 before anything is installed', () => {
  test.each([
    ['compose-test', ['haproxi'], '"haproxi" is not an option'],
    ['compose-test', ['--minutes', '0'], '--minutes is "0", but must be a whole number from 1 to 240'],
    ['compose-test', ['--minutes'], '--minutes needs a number'],
    ['demo', ['--fast'], '"--fast" is not an option'],
    ['demo', ['--url'], '--url needs an address'],
    ['demo', ['--url', ''], '--url "" is no ws:// or wss:// address'],
    ['demo', ['--url=http://a'], '--url "http://a" is no ws:// or wss:// address'],
    ['demo', ['--url=ws://a', '--url', 'ws://b', '--url', 'ws://c'], '--url is given once or twice, not 3 times'],
    ['rolling-update', ['--fast'], '"--fast" is not an option'],
    ['test', ['--nonsense'], '"--nonsense" is not an option'],
    ['up', ['--port'], '"--port" is not an option'],
  ])('%s %j', async (name, args, sentence) => {
    const command = await checkout.run(checkout.path('scripts', name), args);
    expect((await command.exited).code).toBe(2);
    expect(command.output()).toBe(`${name}: ${sentence}; --help tells how to use it.\n`);
    expect(existsSync(checkout.path('.data'))).toBe(false);
  });
});

test('right calls go on to the installation', async () => {
  checkout.standIn('npm', 'exit 7');
  for (const [name, ...args] of [
    ['compose-test', '--minutes', '08', 'valkey', 'redis-cluster'],
    ['demo', '--url', 'ws://a:1/relay', '--url=wss://b'],
  ]) {
    const command = await checkout.run(checkout.path('scripts', name!), args);
    expect((await command.exited).code).toBe(1);
    expect(command.output()).toMatch('Installing packages');
  }
});

test('a node that cannot be run is not taken for one of a wrong version', async () => {
  const command = await checkout.run(checkout.path('scripts/up'), [], { NODE_OPTIONS: '--bogus' });
  expect((await command.exited).code).toBe(1);
  expect(command.output()).toMatch(/--bogus is not allowed.*\nnode cannot be run with NODE_OPTIONS="--bogus"\.\n$/);
});

test('two commands in one checkout do not install at once', async () => {
  const { command } = await startLongInstallation('up');
  const second = await checkout.run(checkout.path('scripts/demo'));
  await eventually(() => expect(second.output()).toMatch('waiting for it …'));
  expect(second.output()).not.toMatch('Installing');
  command.kill('SIGTERM');
  await eventually(() => expect(second.output()).toMatch('Installing packages'));
  second.kill('SIGTERM');
  expect((await second.exited).code).toBe(143);
});

test("a second up in one checkout is refused in one sentence, and one that was killed is in nobody's way", async () => {
  checkout.standIn('npm', 'exit 0');
  mkdirSync(checkout.path('scripts/dist'));
  // With a process that lives on after it for a while, as Redis may.
  const child = 'require("child_process").spawn("sleep", ["8"], { detached: true, stdio: "ignore" });';
  const main = `console.log("up", process.pid); setInterval(() => {}, 1000); ${child}`;
  writeFileSync(checkout.path('scripts/dist/up.js'), main);
  const up = () => checkout.run(checkout.path('scripts/up'));
  const first = await up();
  await eventually(() => expect(first.output()).toMatch(`\nup ${first.pid}\n`));
  const second = await up();
  expect((await second.exited).code).toBe(1);
  expect(second.output()).toContain(
    `./scripts/up is already running in this checkout (process ${first.pid}); stop that one first.\n`,
  );
  await first.stop('SIGKILL', 0);
  const third = await up();
  await eventually(() => expect(third.output()).toMatch(`\nup ${third.pid}\n`));
  await third.stop('SIGTERM', 5000);
});
