import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const site = read('deploy/nginx/openrelay.conf');
const passing = [...site.matchAll(/location [^{]*\{([^}]*proxy_pass[^}]*)\}/g)].map(([, body]) => body!);
const needed = ['proxy_http_version 1.1;', 'proxy_set_header Upgrade $http_upgrade;', 'proxy_set_header Connection'];

test('nginx speaks HTTP/1.1 to the edges, and passes an upgrade on', () => {
  expect(passing).not.toEqual([]);
  for (const body of passing) for (const line of needed) expect(body).toContain(line);
});

test('NGINX.md says what a configuration of one’s own needs', () => {
  for (const line of needed) expect(read('NGINX.md')).toContain(line);
});
