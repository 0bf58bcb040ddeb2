import { expect, jest, test } from '@jest/globals';
import { createLog, type LogOptions } from '../../src/index';

function logInto(lines: string[], level: LogOptions['level'] = 'info') {
  const destination = { write: (line: string) => void lines.push(line) };
  return createLog({ level, service: 'edge', node: 'n1', destination });
}

test('an event is one JSON line with its name, its time, its level and its fields', () => {
  const lines: string[] = [];
  logInto(lines).info('edge.listening', { port: 3000, address: '127.0.0.1', transport: 'uws' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: 'edge',
    node: 'n1',
    event: 'edge.listening',
    port: 3000,
    address: '127.0.0.1',
    transport: 'uws',
  });
});

test('a field that the event does not have is left out', () => {
  const lines: string[] = [];
  const built = { reason: 'ECONNREFUSED', hardware_id: 'secret', __proto__: { payload: 'secret' } };
  logInto(lines).warn('redis.away', built);
  expect(JSON.parse(lines[0]!)).toMatchObject({ event: 'redis.away', reason: 'ECONNREFUSED' });
  expect(lines[0]).not.toMatch('secret');
});

test('long texts are cut', () => {
  const lines: string[] = [];
  logInto(lines).fatal('process.unexpected', { error: 'x'.repeat(100_000) });
  expect(lines[0]!.length).toBeLessThan(1300);
});

test('lines below the level are not written', () => {
  const lines: string[] = [];
  logInto(lines, 'warn').info('edge.draining');
  logInto(lines, 'silent').fatal('edge.draining');
  expect(lines).toEqual([]);
});

test('lines that are lost are counted, and one line says how many as soon as it can be written', async () => {
  jest.useFakeTimers();
  const lines: string[] = [];
  let isFull = true;
  const destination = {
    write: (line: string, lost: () => void) => {
      if (isFull) lost();
      else lines.push(line);
    },
  };
  const log = createLog({ level: 'info', service: 'edge', node: 'n1', destination });
  const dropped: number[] = [];
  log.info('edge.draining');
  log.onDropped((count) => dropped.push(count));
  log.info('edge.draining');
  log.info('edge.draining');
  await jest.advanceTimersByTimeAsync(10_000); // it is tried meanwhile, and is no line that is missed
  expect(dropped).toEqual([1, 1, 1]);
  isFull = false;
  await jest.advanceTimersByTimeAsync(10_000);
  jest.useRealTimers();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ event: 'log.dropped', lines: 3 }]);
});
