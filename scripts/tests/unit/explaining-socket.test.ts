import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from '@openrelay/launch';
import { Participant } from '../../src/demo/participant';

test('a port that nobody opened is called so', async () => {
  const url = `ws://127.0.0.1:${await freePort()}/relay`;
  await expect(new Participant('phone').connect(url)).rejects.toThrow(
    `${url} could not be reached: connect ECONNREFUSED 127.0.0.1`,
  );
});

test('a name that is not known is called so', async () => {
  await expect(new Participant('phone').connect('ws://host.invalid/relay')).rejects.toThrow(/E(NOTFOUND|AI_AGAIN)/);
});

test.each([
  [404, '404: is the path /relay?'],
  [502, '502'],
])('an answer %i is told', async (status, told) => {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\n\r\n`));
  await expect(new Participant('phone').connect(url)).rejects.toThrow(`${url} could not be reached: ${told}`);
  server.close();
});
