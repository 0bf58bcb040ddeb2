import { randomBytes } from 'node:crypto';
import fc from 'fast-check';

/** What a stranger writes to the port, piece by piece, and how it leaves. */
export type StrangeConnection = {
  readonly pieces: readonly Uint8Array[];
  readonly leaving: 'half-closes' | 'resets' | 'closes' | 'waits';
};

const path = fc.oneof(
  fc.constantFrom(
    '/',
    '/health',
    '/ready',
    '/metrics',
    '/bandwidth-status',
    '/relay',
    '/relay/',
    '/Relay',
    '//relay',
    '*',
    '',
  ),
  fc.constantFrom(
    '/relay?a=b',
    '/health%00',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/../../etc/passwd',
    'http://other/relay',
    '/%',
    '/%zz',
    '/:path',
  ),
  fc.webPath(),
  fc.integer({ min: 1, max: 20_000 }).map((length) => `/${'a'.repeat(length)}`),
);
const method = fc.oneof(
  { weight: 3, arbitrary: fc.constant('GET') },
  fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'PATCH', 'get', 'G', 'PRI'),
  fc.string(),
);
const version = fc.oneof(
  { weight: 4, arbitrary: fc.constant('HTTP/1.1') },
  fc.constantFrom('HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', '', 'RTSP/1.0'),
);

const upgradeHeaders = {
  Host: 'localhost',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
} as const;

const headerValue = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.constantFrom(
    '',
    'websocket',
    'h2c',
    'keep-alive, Upgrade',
    'openrelay.msgpack.v1',
    ' , ,',
    '-1',
    '99999999999999999999',
    '0',
    '8',
  ),
  fc.integer({ min: 1, max: 20_000 }).map((length) => 'b'.repeat(length)),
);
const headerName = fc.constantFrom(
  ...Object.keys(upgradeHeaders),
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Content-Length',
  'Transfer-Encoding',
  'Expect',
  'Cookie',
  'X',
  '',
);

/** An upgrade with some of its headers changed, missing or twice, or any other request. */
const request = fc
  .record({
    method,
    path,
    version,
    kept: fc.oneof(
      { weight: 2, arbitrary: fc.constant(Object.keys(upgradeHeaders)) },
      fc.subarray(Object.keys(upgradeHeaders)),
    ),
    extra: fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 }),
    lineEnd: fc.oneof({ weight: 6, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\r\n ', '')),
    body: fc.oneof(fc.constant(''), fc.string({ unit: 'binary' }), fc.constant('5\r\nhello\r\n0\r\n\r\n')),
  })
  .map(({ method, path, version, kept, extra, lineEnd, body }) => {
    const headers = [...Object.entries(upgradeHeaders).filter(([name]) => kept.includes(name)), ...extra];
    const lines = [`${method} ${path} ${version}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', body];
    return Buffer.from(lines.join(lineEnd), 'latin1');
  });

function upgrade(subprotocol: string): Buffer {
  const headers = Object.entries({
    ...upgradeHeaders,
    ...(subprotocol === '' ? {} : { 'Sec-WebSocket-Protocol': subprotocol }),
  });
  const lines = ['GET /relay HTTP/1.1', ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.from(lines.join('\r\n'));
}

/** A WebSocket frame (RFC 6455, section 5.2) with everything that can be wrong with one. */
const webSocketFrame = fc
  .record({
    flags: fc.oneof({ weight: 3, arbitrary: fc.constant(0x80) }, fc.constantFrom(0x00, 0xc0, 0xf0, 0x10)),
    opcode: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 8, 9, 10) }, fc.nat(15)),
    mask: fc.oneof({ weight: 5, arbitrary: fc.constant(0x80) }, fc.constant(0)),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 125 }),
      fc.constant(Buffer.from('{"type":"Ping"}')),
      fc.uint8Array({ minLength: 126, maxLength: 300 }),
    ),
    claimed: fc.option(fc.oneof(fc.nat(130), fc.constantFrom(0xffff, 2 ** 31, 2 ** 53)), { freq: 6 }),
  })
  .map(({ flags, opcode, mask, payload, claimed }) => {
    const header = Buffer.from([flags | opcode, ...lengthOf(claimed ?? payload.length, mask)]);
    // Masked with zeros: what is written is what is read.
    return Buffer.concat([header, Buffer.alloc(mask === 0 ? 0 : 4), payload]);
  });

function lengthOf(length: number, mask: number): number[] {
  if (length < 126) return [mask | length];
  if (length <= 0xffff) return [mask | 126, length >> 8, length & 0xff];
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(length));
  return [mask | 127, ...eight];
}

const webSocketSession = fc
  .tuple(
    fc.constantFrom('', 'openrelay.msgpack.v1', 'openrelay.msgpack.v2', 'a, openrelay.msgpack.v1'),
    fc.array(webSocketFrame, { maxLength: 8 }),
  )
  .map(([subprotocol, frames]) => [upgrade(subprotocol), ...frames]);

const anything = fc.oneof(
  { weight: 3, arbitrary: fc.array(request, { minLength: 1, maxLength: 3 }) },
  { weight: 3, arbitrary: webSocketSession },
  { weight: 1, arbitrary: fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 3 }) },
);

/** All at once, or cut anywhere. */
const pieces = fc.tuple(anything, fc.array(fc.nat(500), { maxLength: 3 })).map(([parts, cuts]): Uint8Array[] => {
  const all = Buffer.concat(parts);
  const places = [...cuts.map((cut) => Math.min(cut, all.length)), 0, all.length].sort((a, b) => a - b);
  return places.slice(1).map((end, i) => all.subarray(places[i], end));
});

export const strangeConnection: fc.Arbitrary<StrangeConnection> = fc.record({
  pieces,
  leaving: fc.constantFrom('half-closes', 'resets', 'closes', 'waits'),
});
