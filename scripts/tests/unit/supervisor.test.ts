import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Exit, StartError } from '@openrelay/launch';
import { type Running, Supervisor } from '../../src/up/supervisor';
import { useFolder } from './use-folder';

const inFolder = useFolder();
const logFile = () => inFolder('edge-1.log');

/** A part whose processes are what the list says: they run for that many ms, or do not start. */
function supervise(lives: readonly (number | Error)[]) {
  const said: string[] = [];
  const pausesMs: number[] = [];
  let nowMs = 0;
  let started = 0;
  const start = async (): Promise<Running> => {
    const life = lives[started++];
    if (life instanceof Error) throw life;
    const exited = new Promise<Exit>((resolve) => {
      if (life === undefined) return;
      setImmediate(() => {
        nowMs += life;
        resolve({ code: 1, signal: null });
      });
    });
    return { exited, stop: async () => undefined };
  };
  const clock = { monotonicMs: () => nowMs, pause: async (ms: number) => void pausesMs.push(ms) };
  const end = new Promise<string>((resolve) => {
    const listener = { say: (line: string) => said.push(line), gaveUp: resolve, clock };
    new Supervisor({ title: 'Edge 1', logFile: logFile(), start }, listener).start().catch((error: Error) => {
      resolve(error.message);
    });
  });
  return { said, pausesMs, end };
}

test('the pauses before restarts grow, and after the last one it is given up', async () => {
  writeFileSync(logFile(), 'the first line\nthe last line\n');
  const { said, pausesMs, end } = supervise([0, 0, 0, 0, 0, 0]);
  expect(await end).toBe(
    `Edge 1 stopped (code 1), after 5 restarts: everything is stopped. The end of ${logFile()}:\nthe first line\nthe last line`,
  );
  expect(pausesMs).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(said[0]).toBe('Edge 1 stopped (code 1); it is started again in 1 s.');
});

test('what ran for a minute begins with the first pause again', async () => {
  const { pausesMs, end } = supervise([0, 0, 59_999, 60_000, 0, 0, 0, 0, 0]);
  await end;
  expect(pausesMs).toEqual([1000, 2000, 4000, 1000, 2000, 4000, 8000, 16_000]);
});

test('what does not start again is given up with the last line that it wrote, and with the end of its log', async () => {
  writeFileSync(logFile(), 'its log\n');
  const failure = new StartError('The edge stopped (code 1).', '{"event":"settings"}\nedge: Port 1 is in use.\n');
  const { said, end } = supervise([0, failure, failure, failure, failure, failure]);
  expect(await end).toBe(
    'Edge 1 did not start (edge: Port 1 is in use.), after 5 restarts: everything is stopped. ' +
      `The end of ${logFile()}:\nits log`,
  );
  expect(said.at(-1)).toBe('Edge 1 did not start (edge: Port 1 is in use.); it is started again in 16 s.');
});

test('what wrote nothing but its log is given up with what was seen of it', async () => {
  const failure = new StartError('The edge did not listen in 15 s.', '{"event":"settings"}\n');
  const { end } = supervise([0, failure, failure, failure, failure, failure]);
  expect(await end).toMatch('Edge 1 did not start (The edge did not listen in 15 s.), after 5');
});

test('a first start that fails says what the service said, and where its log is', async () => {
  const { end } = supervise([
    new StartError(
      'The edge stopped (code 1) before it could listen.',
      '{"event":"x"}\nedge: RELAY_SHARDS is 8.\n',
      'edge: RELAY_SHARDS is 8.',
    ),
  ]);
  expect(await end).toBe(`edge: RELAY_SHARDS is 8. (log: ${logFile()})`);
});

test('a first start that fails without a sentence shows the end of its output', async () => {
  const { end } = supervise([new StartError('The edge stopped (SIGKILL) before it could listen.', '{"event":"x"}\n')]);
  expect(await end).toBe('The edge stopped (SIGKILL) before it could listen. Its last output:\n{"event":"x"}\n');
});
