import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, eventually, freePort, startChild } from '@openrelay/launch';
import { changedConfiguration } from './configuration';
import { programNamed } from './program';

export type HaproxyOptions = {
  edgePorts: readonly number[];
  /** As in Compose; what is not given has the default of haproxy.cfg. */
  env?: Readonly<Record<string, string>>;
  /** A PEM file with certificate and key: devices connect with TLS. */
  certificate?: string;
};

export type RunningHaproxy = {
  /** Where devices connect. */
  readonly port: number;
  readonly url: string;
  /** With a certificate: the port that only sends to the other. */
  readonly plainUrl: string;
  /** Its own page: /ready, /metrics. */
  readonly statusUrl: string;
  /** Where it takes commands, as `show table addresses`. */
  readonly commandPort: number;
  stop(): Promise<void>;
};

type Ports = { plain: number; tls: number; status: number; commands: number };

function configurationOf(ports: Ports, { edgePorts, certificate }: HaproxyOptions): string {
  const edges = edgePorts.map((edgePort, index) => `  server edge${index + 1} 127.0.0.1:${edgePort}`);
  return changedConfiguration('haproxy/haproxy.cfg', [
    [/^ {2}(user|group) haproxy\n/m, ''],
    [/^ {2}(user|group) haproxy\n/m, ''],
    [/bind :3000$/m, `bind 127.0.0.1:${ports.plain}`],
    [/bind :3443 ssl crt \S+/, `bind 127.0.0.1:${ports.tls} ssl crt ${certificate}`],
    [/ipv4@127\.0\.0\.1:8405/, `ipv4@127.0.0.1:${ports.commands}`],
    [/bind :8404$/m, `bind 127.0.0.1:${ports.status}`],
    [/^ {2}server-template edge .*$/m, edges.join('\n')],
  ]);
}

/** A real HAProxy with the configuration of deploy/haproxy in front of edges. Rejects with what it says when it does not start. */
export async function startHaproxy(options: HaproxyOptions): Promise<RunningHaproxy> {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-haproxy-'));
  const ports = {
    plain: await freePort(),
    tls: await freePort(),
    status: await freePort(),
    commands: await freePort(),
  };
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configurationOf(ports, options));
  const { certificate = '', env = {} } = options;
  const child = await startChild({
    command: programNamed('haproxy'),
    args: ['-db', '-f', file],
    env: { PATH: process.env.PATH, RELAY_TLS_CERT: certificate, TLS_PORT: String(ports.tls), ...env },
  });
  const statusUrl = `http://127.0.0.1:${ports.status}`;
  await eventually(async () => {
    if ((await ask(`${statusUrl}/ready`))?.status !== 200) throw new Error(`HAProxy finds no edge: ${child.output()}`);
  });
  const plainUrl = `ws://127.0.0.1:${ports.plain}/relay`;
  return {
    port: certificate === '' ? ports.plain : ports.tls,
    url: certificate === '' ? plainUrl : `wss://localhost:${ports.tls}/relay`,
    plainUrl,
    statusUrl,
    commandPort: ports.commands,
    async stop() {
      await child.stop('SIGKILL', 0);
      rmSync(folder, { recursive: true });
    },
  };
}
