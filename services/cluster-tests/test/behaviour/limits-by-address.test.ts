import { writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, freePort, unlimited } from '@openrelay/launch';
import { CertificateFolder, eventually, TestDevice } from '@openrelay/testing';
import { metricOf, startHaproxy, startNginx, type Upgrade, upgradeFrom } from '../../src';
import { useCluster } from './use-cluster';

/** All devices of the tests connect from these addresses of this machine. */
const one = '127.0.0.1';
const other = '127.0.0.2';
const withoutLimits = '127.0.0.9';

const cluster = useCluster({ edges: 2, env: { ...unlimited, RELAY_HANDSHAKE_TIMEOUT_SECONDS: '120' } });
const certificates = new CertificateFolder();
beforeAll(() => certificates.make('relay'));
afterAll(() => certificates.remove());

/** What is not given is as deploy/ has it. */
type Limits = { connections?: number; requestsPerMinute?: number };
type Balancer = { url: string; ca?: string; stop: () => Promise<void> };

const edgePorts = () => cluster.edges.map(({ port }) => port);

function haproxy({ connections, requestsPerMinute }: Limits): Promise<Balancer> {
  return startHaproxy({
    edgePorts: edgePorts(),
    env: {
      ADDRESSES_WITHOUT_LIMITS: withoutLimits,
      ...(connections === undefined ? {} : { ADDRESS_MAX_CONNECTIONS: String(connections) }),
      ...(requestsPerMinute === undefined ? {} : { ADDRESS_REQUESTS_PER_MINUTE: String(requestsPerMinute) }),
    },
  });
}

async function nginx({ connections, requestsPerMinute }: Limits): Promise<Balancer> {
  const tlsPort = await freePort();
  const started = await startNginx({
    tlsPort,
    plainPort: await freePort(),
    edgePorts: edgePorts(),
    certificate: { file: certificates.path('relay.crt'), key: certificates.path('relay.key') },
    changes: [
      [/127\.0\.0\.1 0;/, `${withoutLimits} 0;`],
      ...(connections === undefined
        ? []
        : [[/(?<=limit_conn openrelay_connections) \d+;/g, ` ${connections};`] as const]),
      ...(requestsPerMinute === undefined
        ? []
        : ([
            [/(?<=zone=openrelay_requests:\S+) rate=\d+r\/m;/, ` rate=${requestsPerMinute}r/m;`],
            [/(?<=limit_req zone=openrelay_requests) burst=\d+/g, ` burst=${requestsPerMinute}`],
          ] as const)),
    ],
  });
  return { url: `wss://localhost:${tlsPort}/relay`, ca: certificates.text('relay.crt'), stop: () => started.stop() };
}

let balancer: Balancer | undefined;
let opened: { close(): void }[] = [];

afterEach(async () => {
  for (const each of opened) each.close();
  opened = [];
  await balancer?.stop();
  balancer = undefined;
  // What a balancer that was killed held is gone when the edges have noticed.
  await eventually(async () => expect(await connectionsOfEdges()).toBe(0));
});

async function connectionsOfEdges(): Promise<number> {
  const counts = await Promise.all(cluster.edges.map((edge) => metricOf(edge, 'connections')));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One after another, so that it is certain who was first. */
async function upgrades(count: number, address: string): Promise<Upgrade[]> {
  const { url, ca } = balancer!;
  const all: Upgrade[] = [];
  for (let i = 0; i < count; i += 1) all.push(await upgradeFrom(address, url, ca));
  opened.push(...all);
  return all;
}

const statuses = (all: readonly Upgrade[]) => all.map(({ status }) => status);

async function healthFrom(address: string): Promise<number> {
  const { url, ca } = balancer!;
  return (await upgradeFrom(address, url.replace('/relay', '/health'), ca)).status;
}

function pageThrough({ url, ca }: Balancer, path: string): Promise<IncomingMessage> {
  const isTls = url.startsWith('wss:');
  const asked = { ca, agent: false, headers: { 'accept-encoding': 'br' } };
  return new Promise((resolve, reject) => {
    const target = url.replace(/^ws/, 'http').replace('/relay', path);
    const request = isTls ? httpsGet(target, asked, resolve) : httpGet(target, asked, resolve);
    request.on('error', reject);
  });
}

describe.each([
  ['HAProxy', haproxy],
  ['nginx', nginx],
])('%s', (_name, start) => {
  test('one address holds no more than its share of connections, and another is served', async () => {
    balancer = await start({ connections: 10 });
    const all = await upgrades(15, one);
    expect(statuses(all)).toEqual([...Array(10).fill(101), ...Array(5).fill(429)]);
    for (const { retryAfter } of all.slice(10)) expect(retryAfter).toBe('10');
    expect(await connectionsOfEdges()).toBe(10);
    expect(statuses(await upgrades(5, other))).toEqual(Array(5).fill(101));
    expect(await healthFrom(one)).toBe(200);
    all[0]!.close();
    await eventually(async () => expect(statuses(await upgrades(1, one))).toEqual([101]));
  });

  test('a burst of one address is refused before it reaches an edge, and another is served', async () => {
    balancer = await start({ requestsPerMinute: 20 });
    const all = await upgrades(60, one);
    const refused = all.filter(({ status }) => status === 429);
    // A few more than in a minute, as time goes by.
    expect(refused.length).toBeGreaterThan(20);
    expect(refused.length).toBeLessThanOrEqual(40);
    for (const { retryAfter } of refused) expect(retryAfter).toBe('10');
    expect(await connectionsOfEdges()).toBe(60 - refused.length);
    expect(statuses(await upgrades(5, other))).toEqual(Array(5).fill(101));
    expect(await healthFrom(one)).toBe(200);
  });

  test('the page that makes a browser a device comes through as an edge sends it, with no policy but its own', async () => {
    balancer = await start({});
    const direct = await fetch(`${cluster.edge(0).httpUrl}/app/`);
    for (const path of ['/app/', '/app/page.js', '/app/icon-maskable-512.png']) {
      const answer = await pageThrough(balancer, path);
      answer.resume();
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-encoding']).toBe(path.endsWith('.png') ? undefined : 'br');
      expect(answer.headers['content-security-policy']).toBe(direct.headers.get('content-security-policy'));
      expect(answer.headers.etag).toMatch(/^"/);
    }
  });

  test('an address can be taken out of the limits', async () => {
    balancer = await start({ connections: 5, requestsPerMinute: 5 });
    expect(statuses(await upgrades(20, withoutLimits))).toEqual(Array(20).fill(101));
    expect(statuses(await upgrades(6, one)).at(-1)).toBe(429);
  });

  test('with the limits as they are, many devices behind one address connect, and come back at once', async () => {
    balancer = await start({});
    const { url, ca } = balancer;
    for (let round = 0; round < 3; round += 1) {
      const devices = await Promise.all(
        Array.from({ length: 250 }, () =>
          TestDevice.connect(url, { localAddress: one, ...(ca === undefined ? {} : { ca }) }),
        ),
      );
      await Promise.all(devices.map((device) => device.register()));
      for (const device of devices) device.terminate();
    }
  });
});

describe('HAProxy', () => {
  const running = async (env: Record<string, string>) => {
    const started = await startHaproxy({
      edgePorts: edgePorts(),
      env: { ADDRESSES_WITHOUT_LIMITS: withoutLimits, ...env },
    });
    balancer = started;
    return started;
  };

  /** Connections that say nothing; resolves with those that were not cut. */
  async function silentSockets(count: number, port: number): Promise<Socket[]> {
    const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1', localAddress: one }));
    for (const socket of sockets) socket.on('error', () => undefined);
    opened.push({ close: () => sockets.forEach((socket) => void socket.destroy()) });
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))),
    );
    return sockets;
  }

  const openOf = (sockets: readonly Socket[]) => sockets.filter(({ readyState }) => readyState === 'open').length;

  test('sockets that say nothing are cut beyond the share and a few', async () => {
    const { port } = await running({ ADDRESS_MAX_CONNECTIONS: '16' });
    const sockets = await silentSockets(60, port);
    for (const socket of sockets) socket.resume();
    await eventually(() => expect(openOf(sockets)).toBeLessThanOrEqual(18));
    expect(openOf(sockets)).toBeGreaterThan(0);
    expect(statuses(await upgrades(3, other))).toEqual([101, 101, 101]);
  });

  test('new connections beyond their rate are cut, whatever they want', async () => {
    await running({ ADDRESS_CONNECTIONS_PER_MINUTE: '20' });
    const all = await upgrades(30, one);
    expect(statuses(all)).toEqual([...Array(20).fill(101), ...Array(10).fill(0)]);
    expect(statuses(await upgrades(3, other))).toEqual([101, 101, 101]);
  });

  test('health checks take nothing from the rate of the devices behind their address, and have one of their own', async () => {
    await running({ ADDRESS_CONNECTIONS_PER_MINUTE: '20' });
    for (let checks = 0; checks < 15; checks += 1) expect(await healthFrom(one)).toBe(200);
    expect(statuses(await upgrades(25, one))).toEqual([...Array(20).fill(101), ...Array(5).fill(0)]);
    const checked = [];
    for (let checks = 0; checks < 25; checks += 1) checked.push(await healthFrom(other));
    expect(checked).toEqual([...Array(20).fill(200), ...Array(5).fill(0)]);
  });

  test('0 is no limit', async () => {
    await running({
      ADDRESS_MAX_CONNECTIONS: '0',
      ADDRESS_CONNECTIONS_PER_MINUTE: '0',
      ADDRESS_REQUESTS_PER_MINUTE: '0',
    });
    expect(statuses(await upgrades(30, one))).toEqual(Array(30).fill(101));
  });

  test('its metrics count who was refused and who was cut', async () => {
    const { statusUrl } = await running({ ADDRESS_MAX_CONNECTIONS: '2', ADDRESS_CONNECTIONS_PER_MINUTE: '5' });
    expect(statuses(await upgrades(7, one))).toEqual([101, 101, 429, 429, 429, 0, 0]);
    const metrics = (await ask(`${statusUrl}/metrics`))?.text;
    expect(metrics).toContain('\nhaproxy_frontend_requests_denied_total{proxy="devices"} 3\n');
    expect(metrics).toContain('\nhaproxy_frontend_denied_connections_total{proxy="devices"} 2\n');
  });

  test('it can be asked what each address does', async () => {
    const { commandPort } = await running({});
    await upgrades(3, one);
    await upgrades(1, other);
    const asked = connect(commandPort, '127.0.0.1');
    asked.end('show table addresses data.conn_cur gt 2\n');
    const table = await text(asked);
    expect(table).toMatch(/key=::ffff:127\.0\.0\.1 .*gpc0_rate\(60000\)=3 .*conn_cur=3/);
    expect(table).not.toContain(other);
  });

  test('its own page, which health checks ask, has no limit', async () => {
    const { statusUrl } = await running({ ADDRESS_MAX_CONNECTIONS: '1', ADDRESS_CONNECTIONS_PER_MINUTE: '1' });
    for (let i = 0; i < 10; i += 1) expect((await ask(`${statusUrl}/ready`))?.status).toBe(200);
  });

  test('with TLS the limits are the same, and who comes without is sent there', async () => {
    const pem = certificates.path('relay.pem');
    writeFileSync(pem, certificates.text('relay.crt') + certificates.text('relay.key'));
    const started = await startHaproxy({
      edgePorts: edgePorts(),
      certificate: pem,
      env: { ADDRESS_MAX_CONNECTIONS: '3', ADDRESSES_WITHOUT_LIMITS: withoutLimits },
    });
    balancer = { ...started, ca: certificates.text('relay.crt') };
    // One more could find this one not closed yet, and be cut off as over the bound of connections.
    expect(statuses(await upgrades(4, one))).toEqual([101, 101, 101, 429]);
    expect(statuses(await upgrades(2, other))).toEqual([101, 101]);
    expect((await upgradeFrom(other, started.plainUrl)).status).toBe(308);
  });
});
