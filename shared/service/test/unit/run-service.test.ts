import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { runService } from '@openrelay/service';

/** A process that only takes note. */
class FakeProcess extends EventEmitter {
  exitCode: number | undefined;
  readonly exits: number[] = [];
  readonly errors: string[] = [];
  readonly printed: string[] = [];
  readonly stdout = { write: (text: string) => this.printed.push(text), on: () => undefined };
  readonly stderr = { write: (text: string) => this.errors.push(text), on: () => undefined };
  readonly argv: string[];

  constructor(...words: string[]) {
    super();
    this.argv = ['node', 'main.js', ...words];
  }

  readonly env = { LOG_LEVEL: 'silent' };

  readonly exit = (code?: number | string | null): never => {
    this.exits.push(Number(code));
    return undefined as never;
  };
}

function service(start: () => Promise<void> = async () => undefined) {
  const calls: string[] = [];
  return {
    calls,
    create: () => ({
      start: () => {
        calls.push('start');
        return start();
      },
      stop: async () => void calls.push('stop'),
    }),
  };
}

describe('the process of a service', () => {
  test('starts it, and stops it once however often it is told to', async () => {
    const host = new FakeProcess();
    const { calls, create } = service();
    await runService(host, { name: 'edge', create });
    host.emit('SIGTERM');
    host.emit('SIGTERM');
    host.emit('SIGINT');
    await new Promise(setImmediate);
    expect(calls).toEqual(['start', 'stop']);
    expect(host.exits).toEqual([0]);
  });

  test('leaves a second Ctrl-C to the system, which ends it at once', async () => {
    const host = new FakeProcess();
    await runService(host, { name: 'edge', create: service().create });
    expect(host.listenerCount('SIGINT')).toBe(1);
    host.emit('SIGINT');
    expect(host.listenerCount('SIGINT')).toBe(0);
    expect(host.listenerCount('SIGTERM')).toBe(1);
  });

  test('may be asked to stop from within', async () => {
    const host = new FakeProcess();
    const { calls, create } = service();
    await runService(host, {
      name: 'edge',
      create: ({ requestStop }) => {
        setImmediate(requestStop);
        return create();
      },
    });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(calls).toEqual(['start', 'stop']);
  });

  test.each([
    ['cannot be made', { create: () => failing() }],
    ['cannot start', { create: service(async () => failing()).create }],
  ])('ends with one sentence when it %s', async (_case, { create }) => {
    const host = new FakeProcess();
    await runService(host, { name: 'ops', create });
    expect(host.errors).toEqual(['ops: Redis does not answer.\n']);
    expect(host.exits).toEqual([1]);
  });

  test('ends with one sentence when it cannot stop', async () => {
    const host = new FakeProcess();
    await runService(host, {
      name: 'ops',
      create: () => ({ start: async () => undefined, stop: async () => failing() }),
    });
    host.emit('SIGTERM');
    await new Promise(setImmediate);
    expect(host.errors).toEqual(['ops: Redis does not answer.\n']);
    expect(host.exits).toEqual([1]);
  });

  test.each(['uncaughtException', 'unhandledRejection'])(
    'ends with exit code 1, once, after an %s, having said why',
    async (event) => {
      const host = new FakeProcess();
      await runService(host, { name: 'edge', create: service().create });
      host.emit(event, new TypeError('nobody thought of c2VjcmV0'));
      host.emit(event, new TypeError('another'));
      await new Promise(setImmediate);
      expect(host.errors).toEqual([
        expect.stringMatching(/^edge: an unexpected error ended it: TypeError: nobody thought of … at .+\n$/),
      ]);
      expect(host.exits).toEqual([1]);
    },
  );

  test('ends with exit code 1 when even that cannot be said', async () => {
    const host = new FakeProcess();
    host.stderr.write = () => failing();
    await runService(host, { name: 'ops', create: service(async () => failing()).create });
    expect(host.exits).toEqual([1]);
  });

  test('that is told to stop while it starts ends in good order', async () => {
    const host = new FakeProcess();
    await runService(host, {
      name: 'janitor',
      create: ({ requestStop }) => ({
        async start() {
          requestStop();
          failing();
        },
        stop: async () => undefined,
      }),
    });
    await new Promise(setImmediate);
    expect(host.errors).toEqual([]);
    expect(host.exits).toEqual([0]);
  });

  test('makes nothing for a command line that only asks', async () => {
    const host = new FakeProcess('--help');
    const { calls, create } = service();
    await runService(host, { name: 'janitor', create });
    expect(host.printed.join('')).toContain('Usage: janitor [option]');
    expect(host.exitCode).toBe(0);
    expect(calls).toEqual([]);
    expect(host.eventNames()).toEqual([]);
  });

  test('makes nothing when what it needs of the machine is wrong', async () => {
    const host = new FakeProcess();
    const { calls, create } = service();
    await runService(host, { name: 'edge', create, check: () => ['The certificate has expired.'] });
    expect(host.errors.join('')).toContain('The certificate has expired.');
    expect(host.exitCode).toBe(1);
    expect(calls).toEqual([]);
  });
});

function failing(): never {
  throw new Error('Redis does not answer.');
}
