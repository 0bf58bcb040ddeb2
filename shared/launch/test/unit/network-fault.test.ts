import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually, NetworkFault } from '../../src/index';

/** One end of a connection, and all that has come to it. */
class End {
  text = '';
  /** `end` when the other side has said all, `reset` when it is no more. */
  over: 'end' | 'reset' | undefined;

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text) => {
      this.text += String(text);
    });
    socket.on('end', () => {
      this.over ??= 'end';
    });
    socket.on('error', () => {
      this.over = 'reset';
    });
  }

  /** Until it has got this much; fails with what it has got. */
  has(text: string): Promise<void> {
    return eventually(() => expect(this.text).toBe(text));
  }

  isOver(how: 'end' | 'reset'): Promise<void> {
    return eventually(() => expect(this.over).toBe(how));
  }
}

let listener: Server;
let straightUrl: string;
let network: NetworkFault;
let accepted: End[];
let dialled: Socket[];

beforeEach(async () => {
  accepted = [];
  dialled = [];
  listener = createServer({ allowHalfOpen: true }, (socket) => accepted.push(new End(socket)));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  straightUrl = `redis://:secret@localhost:${(listener.address() as AddressInfo).port}/1`;
  network = await NetworkFault.start(straightUrl);
});

afterEach(async () => {
  await network.close();
  for (const socket of [...dialled, ...accepted.map((end) => end.socket)]) socket.destroy();
  listener.close();
});

async function client(url = network.url): Promise<End> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  dialled.push(socket);
  await once(socket, 'connect');
  return new End(socket);
}

/** The far end of the connection that came as the index says. */
function arrival(index: number): Promise<End> {
  return eventually(() => {
    expect(accepted.length).toBeGreaterThan(index);
    return accepted[index]!;
  });
}

/** Both ends of a connection that has carried something each way. */
async function pair(url = network.url): Promise<{ near: End; far: End }> {
  const index = accepted.length;
  const near = await client(url);
  near.socket.write('hello');
  const far = await arrival(index);
  await far.has('hello');
  far.socket.write('welcome');
  await near.has('welcome');
  return { near, far };
}

/** Shows that a new connection is well; past the network one is so always, and what was sent before it would have arrived. */
async function serves(url = network.url): Promise<void> {
  const { near } = await pair(url);
  near.socket.destroy();
}

test('a network without a fault carries bytes both ways and the end of each, and its URL differs by the place alone', async () => {
  expect(network.url).toMatch(/^redis:\/\/:secret@127\.0\.0\.1:\d+\/1$/);
  const { near, far } = await pair();
  near.socket.end();
  await far.isOver('end');
  far.socket.end(' and goodbye');
  await near.has('welcome and goodbye');
  await near.isOver('end');
  await eventually(() => expect(network.connections).toBe(0));
});

test('a stall keeps what crosses it: all of it arrives in order, also from who has left meanwhile', async () => {
  const { near, far } = await pair();
  const other = await pair();
  network.stall();
  for (let i = 0; i < 100; i += 1) near.socket.write(` ${i}`);
  near.socket.destroy();
  other.far.socket.write(' you');
  const late = await client();
  late.socket.write('late');
  await serves(straightUrl);
  expect([far.text, far.over, other.near.text, accepted.length]).toEqual(['hello', undefined, 'welcome', 3]);
  network.heal();
  await far.has(`hello${Array.from({ length: 100 }, (_, i) => ` ${i}`).join('')}`);
  await eventually(() => expect(far.over).toBeDefined());
  await other.near.has('welcome you');
  await (await arrival(3)).has('late');
});

test('a delay comes once for each way, and keeps the order', async () => {
  const { near, far } = await pair();
  network.delay(100);
  const startedMs = performance.now();
  near.socket.write(' 1');
  for (let turn = 0; turn < 10; turn += 1) await nextTurn(); // the network has read it
  network.delay(1);
  near.socket.write(' 2');
  await far.has('hello 1 2');
  expect(performance.now() - startedMs).toBeGreaterThan(99);
  network.heal();
  await serves();
});

test('a reset is seen on both sides, and a new connection is well', async () => {
  const { near, far } = await pair();
  network.reset();
  await Promise.all([near.isOver('reset'), far.isOver('reset')]);
  await serves();
});

test('a black hole swallows all and tells nobody until it is healed, and then resets what was in it', async () => {
  const { near, far } = await pair();
  network.blackHole();
  const late = await client();
  for (const { socket } of [near, far, late]) socket.write('lost');
  await serves(straightUrl);
  expect([near, far, late].map(({ text, over }) => [text, over])).toEqual([
    ['welcome', undefined],
    ['hello', undefined],
    ['', undefined],
  ]);
  expect(accepted).toHaveLength(2);
  network.heal();
  await Promise.all([near, far, late].map((one) => one.isOver('reset')));
  await serves();
});

test.each(['client', 'server'] as const)('a half-open connection is over for the %s alone', async (told) => {
  const { near, far } = await pair();
  const [gone, left] = told === 'client' ? [near, far] : [far, near];
  network.halfOpen(told);
  await gone.isOver('end');
  left.socket.write('lost');
  await serves();
  expect(left.over).toBeUndefined();
  network.heal();
  await left.isOver('reset');
});

test('a server that is away is a reset for its client', async () => {
  listener.close();
  const near = await client();
  await near.isOver('reset');
});

describe('of a Redis', () => {
  const notice = (text: string, kind = '*') =>
    `${kind}3\r\n$8\r\nsmessage\r\n$7\r\nchannel\r\n$${text.length}\r\n${text}\r\n`;
  const others =
    '+OK\r\n:12\r\n$-1\r\n*2\r\n$3\r\na\r\n\r\n*-1\r\n*0\r\n-ERR no\r\n%1\r\n+a\r\n#t\r\n~1\r\n,1.5\r\n_\r\n';

  test('single messages are lost, however its replies are cut into pieces, and everything else comes', async () => {
    const redis = await NetworkFault.start(straightUrl, { server: 'redis' });
    const near = await client(redis.url);
    const far = await arrival(0);
    redis.loseNotices((text) => text.includes('lose me'));
    const sent = `${others}${notice('keep me')}${notice('lose me')}${others}${notice('lose me', '>')}${notice('me too')}`;
    for (let at = 0; at < sent.length; at += 7) {
      far.socket.write(sent.slice(at, at + 7));
      await nextTurn();
    }
    const come = `${others}${notice('keep me')}${others}${notice('me too')}`;
    await near.has(come);
    redis.heal();
    far.socket.write(notice('lose me'));
    await near.has(`${come}${notice('lose me')}`);
    await redis.close();
  });

  test('nothing can be lost where it is not known to be one', () => {
    expect(() => network.loseOneIn(2)).toThrow("Start it with { server: 'redis' }.");
  });
});
