import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, startChild } from '@openrelay/launch';
import { type Changes, changedConfiguration } from './configuration';
import { programNamed } from './program';

export type NginxOptions = {
  plainPort: number;
  tlsPort: number;
  edgePorts: readonly number[];
  certificate: { file: string; key: string };
  /** Further `location`s of the TLS server. */
  locations?: string;
  /** Of openrelay.conf, besides ports, name and certificate. */
  changes?: Changes;
};

export type RunningNginx = { stop(): Promise<void> };

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function siteOf({ plainPort, tlsPort, certificate, locations = '', changes = [] }: NginxOptions): string {
  return changedConfiguration('nginx/openrelay.conf', [
    [/listen 80;/, `listen 127.0.0.1:${plainPort};`],
    [/listen 443 ssl;/, `listen 127.0.0.1:${tlsPort} ssl;`],
    [/ssl_certificate .*;/, `ssl_certificate ${certificate.file};`],
    [/ssl_certificate_key .*;/, `ssl_certificate_key ${certificate.key};`],
    [/relay\.example\.org/g, 'localhost'],
    [/location \/ \{ return 404; \}/, `location / { return 404; }\n${locations}`],
    ...changes,
  ]);
}

/** A real nginx in front of edges. Rejects with what it says when it does not start. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-nginx-'));
  writeFileSync(join(folder, 'openrelay.conf'), siteOf(options));
  const edges = options.edgePorts.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;\n`);
  writeFileSync(join(folder, 'openrelay-edges.conf'), edges.join(''));
  const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  const main = `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
events { worker_connections 4000; }
http { access_log off; ${paths} include openrelay.conf; }
`;
  writeFileSync(join(folder, 'nginx.conf'), main);
  const child = await startChild({
    command: programNamed('nginx'),
    args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    env: { PATH: process.env.PATH },
  });
  await eventually(() => {
    if (!/using the "\w+" event method/.test(child.output()))
      throw new Error(`nginx does not start: ${child.output()}`);
  });
  return {
    async stop() {
      await child.stop('SIGKILL', 0);
      rmSync(folder, { recursive: true });
    },
  };
}
