import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, type RunningOps, startOps } from '@openrelay/launch';
import { CertificateFolder, DeviceSigner, eventually, TestDevice } from '@openrelay/testing';
import { exchange, type RunningNginx, registerClaimed, startNginx } from '../../src';
import { useCluster } from './use-cluster';

const cluster = useCluster({ edges: 2 });
const opsToken = 'correct-horse-battery-staple';
const authorized = { headers: { authorization: `Bearer ${opsToken}` } };

/** As NGINX.md has it, and besides what the least of configurations needs. */
const locationsFor = (edgePort: number, opsPort: number) => `
  location /ops/ {
    proxy_pass http://127.0.0.1:${opsPort}/;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
  }
  location = /plain/health {
    proxy_pass http://127.0.0.1:${edgePort}/health;
    proxy_http_version 1.1;
  }
`;

describe('behind the nginx of NGINX.md', () => {
  const certificates = new CertificateFolder();
  let ops: RunningOps | undefined;
  let nginx: RunningNginx | undefined;
  let ca: string;
  let tlsPort: number;
  let plainPort: number;

  beforeAll(async () => {
    await certificates.make('relay');
    ca = certificates.text('relay.crt');
    ops = await startOps({ redisUrl: cluster.redis.url, token: opsToken });
    [tlsPort, plainPort] = [await freePort(), await freePort()];
    nginx = await startNginx({
      tlsPort,
      plainPort,
      edgePorts: cluster.edges.map(({ port }) => port),
      certificate: { file: certificates.path('relay.crt'), key: certificates.path('relay.key') },
      locations: locationsFor(cluster.edge(0).port, ops.port),
    });
  }, 60_000);

  afterAll(async () => {
    await Promise.all([nginx?.stop(), ops?.stop()]);
    certificates.remove();
  }, 30_000);

  function ask(path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const all = { ca, agent: false, timeout: 10_000, ...options };
      get(`https://localhost:${tlsPort}${path}`, all, resolve).on('error', reject);
    });
  }

  async function read(path: string, options: RequestOptions = {}) {
    const answer = await ask(path, options);
    return { status: answer.statusCode, body: await text(answer) };
  }

  test('health and bandwidth are answered, what is for operators is not', async () => {
    expect(await read('/health')).toEqual({ status: 200, body: 'OK' });
    expect((await read('/bandwidth-status')).body).toMatch(/^Bandwidth Usage: /);
    expect((await read('/metrics')).status).toBe(404);
    expect((await read('/ready')).status).toBe(404);
    const redirected = await fetch(`http://127.0.0.1:${plainPort}/relay`, { redirect: 'manual' });
    expect(redirected.status).toBe(308);
  });

  test('the least that a configuration of one’s own needs for /health is HTTP/1.1', async () => {
    expect(await read('/plain/health')).toEqual({ status: 200, body: 'OK' });
  });

  test('devices connect, register and write to each other', async () => {
    const url = `wss://localhost:${tlsPort}/relay`;
    const [one, other] = await Promise.all([0, 1].map(() => TestDevice.connect(url, { ca })));
    await Promise.all([one!.register(), other!.register()]);
    await exchange(one!, other!);
    await exchange(other!, one!);
    for (const device of [one!, other!]) device.terminate();
  });

  test('a device proves its key to the host that it dialled, with the port', async () => {
    const device = await TestDevice.connect(`wss://localhost:${tlsPort}/relay`, { ca });
    expect((await registerClaimed(device, await DeviceSigner.make())).payload).toMatchObject({ claimed: true });
    device.terminate();
  });

  test('ops is served below a path, with its stream of events', async () => {
    const page = await read('/ops/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('<title>OpenRelay</title>');
    expect((await read('/ops/boot.js')).status).toBe(200);
    expect(JSON.parse((await read('/ops/api/cluster', authorized)).body)).toHaveProperty('nodes');
    const events = await ask('/ops/api/events', authorized);
    let heard = '';
    events.setEncoding('utf8').on('data', (piece: string) => {
      heard += piece;
    });
    await eventually(() => expect(heard.split('event: cluster').length).toBeGreaterThan(2));
    events.destroy();
  });
});
