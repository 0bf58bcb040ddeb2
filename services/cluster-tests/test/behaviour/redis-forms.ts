import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  askRedis,
  freePort,
  type RunningRedis,
  type RunningRedisCluster,
  startRedis,
  startRedisCluster,
  startServer,
  tlsArguments,
} from '@openrelay/launch';
import { CertificateFolder, p256 } from '@openrelay/testing';

/** By name, or by the IPv6 address; not for 127.0.0.1. */
const certifiedFor = 'DNS:localhost,IP:::1';
const addresses = ['--bind', '127.0.0.1', '::1'];
const relayUser = ['relay', 'on', '>pw', '~*', '&*', '+@all'];

/**
 * A Redis in each form that REDIS_URL knows, with TLS and without: one server, that one behind a Sentinel, and a Cluster.
 * Their password is `pw`, with the user `relay` or without; the Sentinel's is `watched`, with the user `watcher` or without.
 */
export class RedisForms {
  private constructor(
    private readonly certificates: CertificateFolder,
    private readonly one: RunningRedis & { tlsPort: number },
    private readonly sentinel: RunningRedis & { tlsPort: number },
    private readonly cluster: RunningRedisCluster,
  ) {}

  static async start(): Promise<RedisForms> {
    const certificates = new CertificateFolder();
    await certificates.make('redis', p256, certifiedFor);
    const tls = { certFile: certificates.path('redis.crt'), keyFile: certificates.path('redis.key') };
    const [one, cluster] = await Promise.all([startOne(tls), startCluster(tls)]);
    return new RedisForms(certificates, one, await startSentinel(tls, one), cluster);
  }

  /** What makes a process of Node.js trust the certificate. */
  get trust(): { NODE_EXTRA_CA_CERTS: string } {
    return { NODE_EXTRA_CA_CERTS: this.certificates.path('redis.crt') };
  }

  /** @param template a URL with `{one}`, `{one.tls}`, `{sentinel}`, … `{cluster.tls}` for the ports */
  url(template: string): string {
    const { one, sentinel, cluster } = this;
    const places = { one, sentinel, cluster: cluster.nodes[0]! };
    return template.replace(/\{(one|sentinel|cluster)(\.tls)?\}/g, (_, place: keyof typeof places, tls) =>
      String(tls ? places[place].tlsPort : places[place].port),
    );
  }

  /** How the nodes of the Cluster say where they are. */
  async preferEndpoints(kind: 'hostname' | 'ip' | 'unknown-endpoint'): Promise<void> {
    const command = ['CONFIG', 'SET', 'cluster-preferred-endpoint-type', kind];
    await Promise.all(this.cluster.nodes.map(({ host, port }) => askRedis(`redis://:pw@${host}:${port}`, command)));
  }

  async stop(): Promise<void> {
    await Promise.all([this.one, this.sentinel, this.cluster].map((server) => server.stop()));
    this.certificates.remove();
  }
}

type Tls = Parameters<typeof tlsArguments>[0];

async function startOne(tls: Tls): Promise<RunningRedis & { tlsPort: number }> {
  const tlsPort = await freePort();
  const access = ['--requirepass', 'pw', '--user', ...relayUser];
  const redis = await startRedis({ extraArgs: [...addresses, ...tlsArguments(tls, tlsPort), ...access] });
  return Object.assign(redis, { tlsPort });
}

/** It is formed before it wants a password. */
async function startCluster(tls: Tls): Promise<RunningRedisCluster> {
  const names = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];
  const cluster = await startRedisCluster({ replicasPerMaster: 0, tls, extraArgs: [...addresses, ...names] });
  for (const { url } of cluster.nodes) {
    await askRedis(url, ['ACL', 'SETUSER', ...relayUser]);
    await askRedis(url, ['CONFIG', 'SET', 'requirepass', 'pw']);
  }
  return cluster;
}

/** One that knows the server as `relay` by its port for TLS, and as `plain` by the other. */
async function startSentinel(tls: Tls, one: RunningRedis & { tlsPort: number }) {
  const tlsPort = await freePort();
  const lines = [
    'sentinel resolve-hostnames yes',
    'sentinel announce-hostnames yes',
    `sentinel monitor relay localhost ${one.tlsPort} 1`,
    `sentinel monitor plain localhost ${one.port} 1`,
    ...['relay', 'plain'].flatMap((name) => [`sentinel auth-user ${name} relay`, `sentinel auth-pass ${name} pw`]),
    'user watcher on >watched ~* &* +@all',
    'requirepass watched',
  ];
  const sentinel = await startServer({
    findPort: freePort,
    argumentsFor: async (port, dataDir) => {
      const file = join(dataDir, 'sentinel.conf');
      writeFileSync(file, `${lines.join('\n')}\n`);
      const where = ['--port', String(port), '--dir', dataDir, '--daemonize', 'no'];
      return [file, '--sentinel', ...where, ...addresses, ...tlsArguments(tls, tlsPort)];
    },
  });
  return Object.assign(sentinel, { tlsPort });
}
