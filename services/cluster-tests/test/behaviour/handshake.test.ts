import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 1 });

const packedSubprotocol = 'openrelay.msgpack.v1';
const upgradeLines = [
  'Host: edge',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** The head and what came with it, of the edge's answer to one request. */
async function answerTo(requestLine: string, lines: readonly string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(cluster.edge(0).httpUrl);
  const socket = connect(Number(port), hostname);
  socket.write([requestLine, ...lines, '', body].join('\r\n'));
  const [text] = await once(socket.setEncoding('latin1'), 'data');
  socket.destroy();
  return String(text);
}

/** The lines of an upgrade with some of them changed; a name without a value is left out. */
function changed(changes: Readonly<Record<string, string>>): string[] {
  const kept = upgradeLines.filter((line) => !(line.split(':')[0]! in changes));
  const lines = Object.entries(changes).filter(([, value]) => value !== '');
  return [...kept, ...lines.map(([name, value]) => `${name}: ${value}`)];
}

test('an upgrade as it should be is taken, in whatever case its words are', async () => {
  for (const lines of [
    upgradeLines,
    changed({ Connection: 'keep-alive, upgrade', Upgrade: 'WebSocket' }),
    upgradeLines.map((line) => line.replace(/^[^:]+/, (name) => name.toUpperCase())),
  ]) {
    expect(await answerTo('GET /relay HTTP/1.1', lines)).toMatch(/^HTTP\/1\.1 101 /);
  }
});

test.each(['8', '0', '14', '13, 8', ''])('another version (%j) is answered 426 with the right one', async (version) => {
  const answer = await answerTo('GET /relay HTTP/1.1', changed({ 'Sec-WebSocket-Version': version }));
  expect(answer).toMatch(/^HTTP\/1\.1 426 /);
  expect(answer).toMatch(/^Sec-WebSocket-Version: 13\r$/m);
});

test.each([
  ['Upgrade', 'h2c'],
  ['Connection', ''],
  ['Connection', 'keep-alive'],
])('what does not ask for a WebSocket (%s: %s) is answered 426', async (name, value) => {
  expect(await answerTo('GET /relay HTTP/1.1', changed({ [name]: value }))).toMatch(/^HTTP\/1\.1 426 /);
});

test.each(['', 'short', 'dGhlIHNhbXBsZSBub25jZR==', '************************', 'dGhlIHNhbXBsZSBub25jZQ=='.repeat(2)])(
  'a key that is none (%j) is answered 400',
  async (key) => {
    const answer = await answerTo('GET /relay HTTP/1.1', changed({ 'Sec-WebSocket-Key': key }));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Sec-WebSocket-Key');
  },
);

test.each([
  [[`foo, ${packedSubprotocol}`]],
  [['foo', packedSubprotocol]],
  [['foo,bar', `baz ,${packedSubprotocol}`, 'more']],
])('a subprotocol is found among those of %j', async (lists) => {
  const lines = lists.map((list) => `Sec-WebSocket-Protocol: ${list}`);
  const answer = await answerTo('GET /relay HTTP/1.1', [...upgradeLines, ...lines]);
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).toMatch(/^Sec-WebSocket-Protocol: openrelay\.msgpack\.v1\r$/m);
});

/** All that comes on a connection until it ends. */
async function allTo(text: string): Promise<string> {
  const { hostname, port } = new URL(cluster.edge(0).httpUrl);
  const socket = connect(Number(port), hostname);
  let all = '';
  socket.on('error', () => undefined); // the edge may reset it
  socket.setEncoding('latin1').on('data', (more: string) => {
    all += more;
  });
  socket.write(text);
  await once(socket, 'close');
  return all;
}

describe('what comes behind a request with two lengths is no request, and the connection ends', () => {
  test.each(['GET /health', 'HEAD /health', 'GET /metrics', 'GET /', 'HEAD /', 'GET /relay'])('%s', async (request) => {
    const lines = request === 'GET /relay' ? upgradeLines : ['Host: edge'];
    const inner = 'GET /health HTTP/1.1\r\nHost: inner\r\n\r\n';
    const lengths = ['Content-Length: 0', `Content-Length: ${inner.length}`];
    const answers = await allTo([`${request} HTTP/1.1`, ...lines, ...lengths, '', inner].join('\r\n'));
    expect(answers).not.toMatch(/^HTTP\/1\.1 [^4]/m);
    expect(answers.split('HTTP/1.1 ').length).toBeLessThanOrEqual(2);
  });
});

describe('two lengths, of which each reader may believe another, are answered 400 on the last answer of a connection', () => {
  const lengths = ['Content-Length: 0', 'Content-Length: 19'];

  test.each(['GET /health', 'HEAD /health', 'GET /metrics', 'GET /', 'HEAD /', 'GET /relay'])('%s', async (request) => {
    const lines = request === 'GET /relay' ? upgradeLines : ['Host: edge'];
    const answer = await answerTo(`${request} HTTP/1.1`, [...lines, ...lengths], 'GET /ready HTTP/1.1');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toMatch(/^Connection: close\r$/im);
  });
});
