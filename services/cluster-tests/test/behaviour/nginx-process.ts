import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, repositoryRoot, startChild } from '@openrelay/launch';

/** Whether this machine has nginx: it is not installed for the tests, as Debian's package would serve port 80 at once. */
export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

export type NginxOptions = {
  plainPort: number;
  tlsPort: number;
  edgePorts: readonly number[];
  certificate: { file: string; key: string };
  /** Further `location`s of the TLS server. */
  locations: string;
};

export type RunningNginx = { stop(): Promise<void> };

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** The configuration of deploy/nginx with ports, name and files of this machine in the place of its own. */
function siteOf({ plainPort, tlsPort, certificate, locations }: NginxOptions): string {
  const changes: [RegExp, string][] = [
    [/listen 80;/, `listen 127.0.0.1:${plainPort};`],
    [/listen 443 ssl;/, `listen 127.0.0.1:${tlsPort} ssl;`],
    [/ssl_certificate .*;/, `ssl_certificate ${certificate.file};`],
    [/ssl_certificate_key .*;/, `ssl_certificate_key ${certificate.key};`],
    [/relay\.example\.org/g, 'localhost'],
    [/(location \/ \{ return 404; \})/, `$1\n${locations}`],
  ];
  let site = readFileSync(join(repositoryRoot, 'deploy/nginx/openrelay.conf'), 'utf8');
  for (const [found, put] of changes) {
    if (!found.test(site)) throw new Error(`openrelay.conf has no ${found}.`);
    site = site.replace(found, put);
  }
  return site;
}

/** A real nginx in front of edges. Rejects with what it says when it does not start. */
export async function startNginx(options: NginxOptions): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-nginx-'));
  writeFileSync(join(folder, 'openrelay.conf'), siteOf(options));
  const edges = options.edgePorts.map((port) => `server 127.0.0.1:${port} max_fails=1 fail_timeout=2s;\n`);
  writeFileSync(join(folder, 'openrelay-edges.conf'), edges.join(''));
  const paths = temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  const main = `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
events { worker_connections 100; }
http { access_log off; ${paths} include openrelay.conf; }
`;
  writeFileSync(join(folder, 'nginx.conf'), main);
  const child = await startChild({
    command: 'nginx',
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
