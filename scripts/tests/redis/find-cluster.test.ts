import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Child, eventually, freePort, startChild, startRedis } from '@openrelay/launch';
import { CertificateFolder } from '@openrelay/testing';
import { findCluster } from '../../src/demo/find-cluster';
import { type Folders, foldersIn } from '../../src/up/folders';
import { useFolder } from '../unit/use-folder';

const inFolder = useFolder();
let folders: Folders;
let servers: Server[];
let up: Child | undefined;

beforeEach(() => {
  folders = foldersIn(inFolder('.'));
  servers = [];
});

afterEach(() => {
  for (const server of servers) server.close();
  up?.kill('SIGKILL');
  up = undefined;
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Stands in for an edge that `up` runs. */
function anEdge(status: number, text: string): Promise<number> {
  return listening(createServer((_, response) => response.writeHead(status).end(text)));
}

function upRan(...https: string[]): void {
  const edges = https.map((http) => ({ http, url: `${http.replace('http', 'ws')}/relay` }));
  writeFileSync(folders.cluster, JSON.stringify({ edges }));
}

/** Holds the lock as ./scripts/up does. */
async function upRuns(...https: string[]): Promise<void> {
  upRan(...https);
  const { PATH } = process.env;
  const args = ['--no-fork', folders.lock, 'sh', '-c', 'echo held; exec sleep 60'];
  const holder = await startChild({ command: 'flock', args, env: { PATH } });
  await eventually(() => expect(holder.output()).toBe('held\n'));
  up = holder;
}

function find(redisUrl?: string) {
  const said: string[] = [];
  return { said, found: findCluster({ urls: [], redisUrl, folders }, (why) => said.push(why)) };
}

test('the edges of up that are ready are used', async () => {
  const [sick, well] = [await anEdge(503, 'Not ready: x'), await anEdge(200, 'OK')];
  await upRuns(`http://127.0.0.1:${sick}`, `http://127.0.0.1:${well}`);
  const url = `ws://127.0.0.1:${well}/relay`;
  expect((await find().found).urls).toEqual([url, url]);
});

test('an up of which no edge is ready is told in a sentence', async () => {
  const port = await anEdge(503, 'Not ready: Redis is away (it answers nothing)\n');
  await upRuns(`http://127.0.0.1:${port}`);
  await expect(find().found).rejects.toThrow(
    `The cluster that ./scripts/up runs is not ready: http://127.0.0.1:${port}/ready says "Not ready: Redis is away (it answers nothing)".`,
  );
});

test('an up whose edges are not there is told in a sentence', async () => {
  const port = await freePort();
  await upRuns(`http://127.0.0.1:${port}`);
  await expect(find().found).rejects.toThrow(
    `The cluster that ./scripts/up runs cannot be asked: connect ECONNREFUSED 127.0.0.1:${port}.`,
  );
});

test('a certificate that this machine does not trust is told with what to do', async () => {
  const certificates = new CertificateFolder();
  await certificates.make('web');
  const secrets = { key: certificates.text('web.key'), cert: certificates.text('web.crt') };
  certificates.remove();
  const port = await listening(createTlsServer(secrets, (_, response) => response.end()));
  await upRuns(`https://127.0.0.1:${port}`);
  await expect(find().found).rejects.toThrow(
    'The cluster that ./scripts/up runs cannot be asked: self-signed certificate; set NODE_EXTRA_CA_CERTS=/path/to/ca.pem.',
  );
});

test('what a killed up left behind is nothing: the demo starts a cluster of its own', async () => {
  upRan(`http://127.0.0.1:${await freePort()}`);
  const redis = await startRedis();
  const { said, found } = find(redis.url);
  const cluster = await found;
  expect(new Set(cluster.urls).size).toBe(2);
  expect(said).toEqual([expect.stringMatching(/^No cluster runs here/)]);
  await cluster.stop();
  await redis.stop();
});
