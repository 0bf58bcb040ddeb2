import { type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, startCluster } from '@openrelay/launch';
import { contentSecurityPolicy } from '@openrelay/page';
import { WebSocket } from 'ws';

let cluster: Cluster;
let withoutPage: Cluster;
const listed = 'app.example.org';

beforeAll(async () => {
  [cluster, withoutPage] = await Promise.all([
    startCluster({ edges: 1, env: { RELAY_ALLOWED_ORIGINS: listed, RELAY_CONNECTIONS_PER_SECOND: '1' } }),
    startCluster({ edges: 1, env: { RELAY_ALLOWED_ORIGINS: listed, RELAY_PAGE: 'no' } }),
  ]);
}, 60_000);
afterAll(async () => {
  await Promise.all([cluster.stop(), withoutPage.stop()]);
}, 60_000);

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer };

/** As it travels: `fetch` would undo the compression. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', of = cluster } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${of.edge(0).httpUrl}${path}`, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject).end();
  });
}

/** What an upgrade with this Origin is answered. */
function open(of: Cluster, origin: string, host?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(of.edge(0).url, { origin, headers: host === undefined ? {} : { host } });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (asked, { statusCode }) => {
      asked.destroy();
      resolve(statusCode);
    });
    socket.on('error', reject);
  });
}

const undo = { br: brotliDecompressSync, gzip: gunzipSync };

describe('a file of the page', () => {
  test.each(['br', 'gzip'] as const)('comes compressed with %s to who takes that', async (encoding) => {
    const plain = await ask('/app/page.js');
    expect(plain.headers['content-encoding']).toBeUndefined();
    const { headers, body } = await ask('/app/page.js', { 'accept-encoding': `deflate, ${encoding};q=0.5` });
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'Accept-Encoding' });
    expect(headers.etag).not.toBe(plain.headers.etag);
    expect(body.length).toBeLessThan(plain.body.length / 2);
    expect(undo[encoding](body).equals(plain.body)).toBe(true);
  });

  test('comes as it is to who takes nothing else', async () => {
    const { headers, body } = await ask('/app/', { 'accept-encoding': 'br;q=0, gzip;q=0.0' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toContain('<!doctype html>');
  });

  test('is not sent again to who has it', async () => {
    const accepting = { 'accept-encoding': 'br' };
    const { headers } = await ask('/app/page.js', accepting);
    expect(headers['cache-control']).toBe('no-cache');
    for (const tags of [headers.etag!, `"other", W/${headers.etag}`]) {
      const again = await ask('/app/page.js', { ...accepting, 'if-none-match': tags });
      expect(again).toMatchObject({ status: 304, headers: { etag: headers.etag } });
      expect(again.body.length).toBe(0);
    }
    expect((await ask('/app/page.js', { 'if-none-match': headers.etag! })).status).toBe(200);
  });

  test('is told of by HEAD', async () => {
    const got = await ask('/app/page.js', { 'accept-encoding': 'gzip' });
    const { status, headers, body } = await ask('/app/page.js', { 'accept-encoding': 'gzip' }, { method: 'HEAD' });
    expect({ status, bytes: body.length }).toEqual({ status: 200, bytes: 0 });
    expect(headers).toMatchObject({ 'content-length': `${got.body.length}`, etag: got.headers.etag });
  });

  test('has headers that let the page do what it must alone', async () => {
    for (const path of ['/app/', '/app/worker.js', '/app/icon-192.png']) {
      const { status, headers } = await ask(path);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  test('has a policy that knows no other host, no script in the page, and no frame around it', () => {
    const directives = contentSecurityPolicy.split('; ').map((directive) => directive.split(' '));
    const allowed = ["'none'", "'self'", 'blob:', "'script'", 'openrelay-worker'];
    expect(directives.flatMap(([, ...sources]) => sources).filter((source) => !allowed.includes(source))).toEqual([]);
    expect(Object.fromEntries(directives.map(([name, ...sources]) => [name, sources.join(' ')]))).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'connect-src': "'self'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
    });
  });
});

test('/app leads to /app/, and what the page does not have is not found', async () => {
  expect(await ask('/app')).toMatchObject({ status: 308, headers: { location: '/app/' } });
  for (const path of ['/app/none.js', '/app/page.js.br', '/app/../page.js', '/app/%2e%2e/package.json'])
    expect((await ask(path)).status).toBe(404);
});

test('RELAY_PAGE=no: there is no page', async () => {
  for (const path of ['/app', '/app/', '/app/page.js']) {
    expect((await ask(path, {}, { of: withoutPage })).status).toBe(404);
    expect((await ask(path, {}, { of: withoutPage, method: 'HEAD' })).status).toBe(404);
  }
});

test('the page needs no mention in RELAY_ALLOWED_ORIGINS, pages of other hosts do; who asks for it is no connection', async () => {
  const { httpUrl } = cluster.edge(0);
  // Were these connections, four of them would use up what one a second allows.
  for (let i = 0; i < 8; i += 1) await ask('/app/');
  expect(await open(cluster, httpUrl)).toBe(101);
  expect(await open(cluster, 'https://evil.example')).toBe(403);
  expect(await open(cluster, 'https://relay.example.org', 'relay.example.org')).toBe(101);
  expect(await open(withoutPage, withoutPage.edge(0).httpUrl)).toBe(403);
  expect(await open(withoutPage, `https://${listed}`)).toBe(101);
});
