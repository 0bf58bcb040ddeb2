import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import { EdgeUnderAttack } from './edge-under-attack';
import { type StrangeConnection, strangeConnection } from './strange-connections';

/** PROPERTY_MS looks for longer. */
const timeMs = Number(process.env.PROPERTY_MS ?? 5000);
const bounded = { interruptAfterTimeLimit: timeMs, markInterruptAsFailure: false, numRuns: 1_000_000 };
/** Those that neither side closes are kept for a while, so that the edge has many of them at a time. */
const mostWaiting = 50;

let edge: EdgeUnderAttack;
const waiting: Socket[] = [];

beforeAll(async () => {
  edge = await EdgeUnderAttack.start();
});

afterAll(async () => {
  for (const socket of waiting) socket.destroy();
  await edge.stop();
});

async function attack({ pieces, leaving }: StrangeConnection): Promise<void> {
  const socket = connect({ port: edge.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => undefined); // the edge may cut the connection: that is its right
  await once(socket, 'connect');
  socket.resume();
  for (const piece of pieces) await new Promise((written) => socket.write(piece, written));
  leave(socket, leaving);
}

function leave(socket: Socket, leaving: StrangeConnection['leaving']): void {
  switch (leaving) {
    case 'resets':
      socket.resetAndDestroy();
      return;
    case 'closes':
      socket.destroy();
      return;
    case 'half-closes':
      socket.end();
      break;
    case 'waits':
  }
  waiting.push(socket);
  if (waiting.length > mostWaiting) waiting.shift()?.destroy();
}

test(
  'whatever strangers write to the port, the edge lives and its devices are served',
  async () => {
    const attacks = fc.array(strangeConnection, { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(attacks, async (strange) => {
      await edge.revive();
      await Promise.all(strange.map(attack));
      await edge.assertUnharmed();
    });
    await fc.assert(property, bounded);
  },
  timeMs + 60_000,
);
