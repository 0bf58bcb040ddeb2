import { expect, test } from '@jest/globals';
import { parseCommandLine, readSettings } from '../../src/index';

test('without options the service runs with its settings', () => {
  const env = { PORT: '4000', RELAY_SHARD: '2' };
  expect(parseCommandLine([], env, 'edge')).toEqual({ action: 'run', ...readSettings(env) });
});

test('a setting that is not allowed ends with code 1 and its sentence', () => {
  const refused = { action: 'exit', exitCode: 1, stdout: '', stderr: expect.stringMatching(/^PORT is "x".*\.\n$/) };
  expect(parseCommandLine([], { PORT: 'x' }, 'edge')).toEqual(refused);
  expect(parseCommandLine(['--check-config'], { PORT: 'x' }, 'edge')).toEqual(refused);
});

test('--check-config says that all is well, and warns', () => {
  expect(parseCommandLine(['--check-config'], { RELAY_SHARD: '2' }, 'edge')).toEqual({
    action: 'exit',
    exitCode: 0,
    stdout: 'The settings are valid.\n',
    stderr: expect.stringMatching(/^Warning: RELAY_SHARD is not a setting/),
  });
});

test("what is wrong with a service's machine is refused like a wrong setting", () => {
  const problems = ['The disk is full.', 'The moon is.'];
  const refused = { action: 'exit', exitCode: 1, stdout: '', stderr: 'The disk is full.\nThe moon is.\n' };
  expect(parseCommandLine([], {}, 'edge', () => problems)).toEqual(refused);
  expect(parseCommandLine(['--check-config'], {}, 'edge', () => problems)).toEqual(refused);
  expect(parseCommandLine([], {}, 'edge', () => [])).toMatchObject({ action: 'run' });
});

test('--print-defaults prints defaults whatever the environment says', () => {
  const printed = parseCommandLine(['--print-defaults'], { PORT: 'x' }, 'edge');
  expect(printed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^# .+\nPORT=3000\n/) });
});

test('--help lists the options', () => {
  const help = parseCommandLine(['--help'], {}, 'edge');
  expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/--check-config.*\n.*--print-defaults/) });
});

test('-h is --help', () => {
  expect(parseCommandLine(['-h'], {}, 'edge')).toEqual(parseCommandLine(['--help'], {}, 'edge'));
});

test.each(['--port=3', '-x', 'start', '__proto__'])('%s is refused in one sentence with code 2', (word) => {
  expect(parseCommandLine([word], {}, 'edge')).toEqual({
    action: 'exit',
    exitCode: 2,
    stdout: '',
    stderr: `edge: "${word}" is not an option; --help tells how to use it.\n`,
  });
});
