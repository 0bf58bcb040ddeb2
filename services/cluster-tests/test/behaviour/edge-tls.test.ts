import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cluster, type RunningEdge, repositoryRoot, runScript, startCluster } from '@openrelay/launch';
import { CertificateFolder, eventually } from '@openrelay/testing';
import { exchange, registeredDevice } from '../../src';

const entry = join(repositoryRoot, 'services/edge/dist/main.js');
const mostMs = 30_000;

let folder: CertificateFolder;
let cluster: Cluster;
/** The certificates that any edge here may show: self-signed, so each is its own authority. */
let ca: string;

function settingsFor(certificate: string, key: string): Record<string, string> {
  return { RELAY_TLS_CERT_FILE: folder.path(certificate), RELAY_TLS_KEY_FILE: folder.path(key) };
}

/** Puts the certificate where the edges look. */
function install(name: string): void {
  folder.write('edge.crt', folder.text(`${name}.crt`));
  folder.write('edge.key', folder.text(`${name}.key`));
}

beforeAll(async () => {
  folder = new CertificateFolder();
  await Promise.all(['first', 'second', 'expired'].map((name) => folder.make(name)));
  await folder.expire('expired');
  await folder.make('unusual', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']);
  ca = ['first', 'second'].map((name) => folder.text(`${name}.crt`)).join('');
  install('first');
  cluster = await startCluster({
    edges: 1,
    env: { ...settingsFor('edge.crt', 'edge.key'), RELAY_POINTS_PER_MINUTE: '0' },
  });
});

afterAll(async () => {
  await cluster?.stop();
  folder.remove();
});

async function read(edge: RunningEdge, path: string) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${edge.httpUrl}${path}`, { ca, agent: false, timeout: mostMs }, resolve).on('error', reject);
  });
  return { status: response.statusCode, body: await text(response) };
}

/** What a new connection is shown and agrees on. */
function handshake({ port }: RunningEdge, options: ConnectionOptions = {}): Promise<{ name: string; version: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca, ...options }, () => {
      resolve({ name: String(socket.getPeerCertificate().subject.CN), version: String(socket.getProtocol()) });
      socket.destroy();
    });
    socket.setTimeout(mostMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
  });
}

function eventsOf(edge: RunningEdge, event: string): Record<string, unknown>[] {
  const lines = edge.output().split('\n');
  return lines.filter((line) => line.includes(`"${event}"`)).map((line) => JSON.parse(line));
}

/** Sends SIGHUP and waits for one more of the event; answers its line. */
async function renew(edge: RunningEdge, event: 'certificate.loaded' | 'certificate.kept') {
  const before = eventsOf(edge, event).length;
  edge.kill('SIGHUP');
  return eventually(() => {
    const lines = eventsOf(edge, event);
    expect(lines.length).toBe(before + 1);
    return lines.at(-1)!;
  });
}

test('devices exchange messages over wss://', async () => {
  const edge = cluster.edge(0);
  expect(edge.url).toMatch(/^wss:/);
  const [sender, recipient] = [await registeredDevice(edge, { ca }), await registeredDevice(edge, { ca })];
  await exchange(sender, recipient);
  await exchange(recipient, sender);
  await Promise.all([sender.close(), recipient.close()]);
});

test('a large message passes whole', async () => {
  const device = await registeredDevice(cluster.edge(0), { ca });
  const sent = device.sendMessage(device.hardwareId, { encrypted_data: 'x'.repeat(900_000) });
  const { payload } = await device.next('Receive');
  expect(payload.encrypted_data).toBe(sent.encrypted_data);
  await device.close();
});

test('the pages are https://', async () => {
  expect(await read(cluster.edge(0), '/health')).toEqual({ status: 200, body: 'OK' });
  expect((await read(cluster.edge(0), '/ready')).status).toBe(200);
  expect((await read(cluster.edge(0), '/metrics')).body).toContain('openrelay_connections');
  expect((await read(cluster.edge(0), '/')).status).toBe(404);
});

test('whoever speaks no TLS is refused', async () => {
  const { port } = cluster.edge(0);
  const signal = AbortSignal.timeout(mostMs);
  await expect(fetch(`http://127.0.0.1:${port}/health`, { signal })).rejects.toThrow('fetch failed');
  const plain = { ...cluster.edge(0), url: `ws://127.0.0.1:${port}/relay` };
  await expect(registeredDevice(plain)).rejects.toThrow();
  expect((await read(cluster.edge(0), '/health')).status).toBe(200);
});

test('TLS 1.3 and 1.2 are spoken, older ones and ciphers without forward secrecy are not', async () => {
  const edge = cluster.edge(0);
  expect((await handshake(edge)).version).toBe('TLSv1.3');
  expect((await handshake(edge, { maxVersion: 'TLSv1.2' })).version).toBe('TLSv1.2');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await expect(handshake(edge, old)).rejects.toThrow(/protocol version/i);
  const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' } as const;
  await expect(handshake(edge, weak)).rejects.toThrow(/handshake failure/i);
});

describe('SIGHUP', () => {
  test('shows new connections the new certificate and lets the old ones live', async () => {
    install('first');
    const edge = await cluster.addEdge();
    const before = await registeredDevice(edge, { ca });
    expect((await handshake(edge)).name).toBe('first');
    install('second');
    const { validUntil } = await renew(edge, 'certificate.loaded');
    expect(new Date(String(validUntil)).getTime()).toBeGreaterThan(Date.now());
    for (let again = 0; again < 10; again += 1) expect((await handshake(edge)).name).toBe('second');
    expect((await handshake(edge, { servername: 'localhost' })).name).toBe('second');
    const after = await registeredDevice(edge, { ca });
    await exchange(before, after);
    await exchange(after, before);
    expect((await read(edge, '/metrics')).body).toMatch(/^openrelay_connections 2$/m);
    install('first');
    await renew(edge, 'certificate.loaded');
    expect((await handshake(edge)).name).toBe('first');
    await exchange(before, after);
    await edge.stop();
    expect(await Promise.all([before.closed, after.closed])).toMatchObject([{ code: 1012 }, { code: 1012 }]);
    await expect(handshake(edge)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('keeps the certificate when the new files are wrong, and says why', async () => {
    install('first');
    const edge = await cluster.addEdge();
    const device = await registeredDevice(edge, { ca });
    folder.write('edge.crt', 'nonsense');
    const { level, error } = await renew(edge, 'certificate.kept');
    expect(level).toBe('error');
    expect(error).toBe(`RELAY_TLS_CERT_FILE (${folder.path('edge.crt')}) holds no certificate in PEM form.`);
    install('unusual');
    expect((await renew(edge, 'certificate.kept')).error).toMatch(/is of a kind that cannot be used here/);
    expect((await handshake(edge)).name).toBe('first');
    await exchange(device, device);
    install('second');
    await renew(edge, 'certificate.loaded');
    expect((await handshake(edge)).name).toBe('second');
    await edge.stop();
  });

  test('an expired certificate is taken, with a warning', async () => {
    install('expired');
    const edge = await cluster.addEdge();
    await eventually(() => expect(eventsOf(edge, 'certificate.expired')).toMatchObject([{ level: 'warn' }]));
    await edge.stop();
  });
});

test('a second edge on the port is refused, also after the certificate was renewed', async () => {
  install('first');
  const edge = await cluster.addEdge();
  await renew(edge, 'certificate.loaded');
  const env = { PORT: String(edge.port), BIND_ADDR: '127.0.0.1', REDIS_URL: cluster.redis.url };
  const { code, stderr } = await runScript(entry, [], { ...settingsFor('edge.crt', 'edge.key'), ...env });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^edge: Port \d+ on .+\.\n$/) });
  await edge.stop();
});

describe('files that are wrong are told by name, path and what is wrong, before anything starts', () => {
  beforeAll(async () => {
    await folder.encryptKey('first.key', 'encrypted.key');
    await folder.make('short', ['rsa:512']);
    folder.write('half.crt', folder.text('first.crt').slice(0, 300));
    folder.write('broken-chain.crt', `${folder.text('first.crt')}${folder.text('second.crt').replace(/MII/, '???')}`);
  });

  test.each([
    [
      'first.crt',
      'missing.key',
      /^RELAY_TLS_KEY_FILE \(\/.+missing\.key\) cannot be read: ENOENT: no such file or directory\.$/,
    ],
    ['', 'first.key', /^RELAY_TLS_CERT_FILE \(\/.+\) cannot be read: it is no file of at most 1048576 bytes\.$/],
    ['half.crt', 'first.key', /^RELAY_TLS_CERT_FILE \(\/.+half\.crt\) holds no certificate in PEM form\.$/],
    ['first.key', 'first.crt', /^RELAY_TLS_CERT_FILE \(\/.+first\.key\) holds no certificate in PEM form\.$/],
    ['first.crt', 'first.crt', /^RELAY_TLS_KEY_FILE \(\/.+first\.crt\) holds no private key in PEM form\.$/],
    ['first.crt', 'encrypted.key', /^RELAY_TLS_KEY_FILE \(\/.+encrypted\.key\) is protected by a passphrase: .+\.$/],
    [
      'first.crt',
      'second.key',
      /^RELAY_TLS_KEY_FILE \(\/.+\) is not the key of the certificate in RELAY_TLS_CERT_FILE \(.+\)\.$/,
    ],
    ['short.crt', 'short.key', /^RELAY_TLS_CERT_FILE \(\/.+short\.crt\) cannot be used for TLS: .+\.$/],
    ['broken-chain.crt', 'first.key', /^RELAY_TLS_CERT_FILE \(\/.+broken-chain\.crt\) cannot be used for TLS: .+\.$/],
  ])('%s with %s', async (certificate, key, sentence) => {
    const env = settingsFor(certificate, key);
    const checked = await runScript(entry, ['--check-config'], env);
    expect(checked).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(checked.stderr.trimEnd()).toMatch(sentence);
    expect(await runScript(entry, [], env)).toEqual(checked);
  });

  test('a key of a kind that the TLS library does not know', async () => {
    const { code, stderr } = await runScript(entry, [], settingsFor('unusual.crt', 'unusual.key'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^edge: The certificate in \/.+ is of a kind that cannot be used here: .+\.\n$/);
  });

  test('right files pass the check', async () => {
    const { code, stderr } = await runScript(entry, ['--check-config'], settingsFor('first.crt', 'first.key'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
