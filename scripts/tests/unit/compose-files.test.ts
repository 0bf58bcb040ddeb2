import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { describe, expect, test } from '@jest/globals';
import { settingsTable } from '@openrelay/config';
import { repositoryRoot } from '@openrelay/launch';
import { parse } from 'yaml';
import { composeVariables } from '../../src/documents/compose-variables';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const stack = read('docker-compose.yml');
const overlays = readdirSync(join(repositoryRoot, 'deploy/compose'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => read(`deploy/compose/${name}`));
const files = [stack, ...overlays].join('\n');

const settings = Object.values(settingsTable).map(({ name }) => name as string);
const variables = new Map(composeVariables.map((row) => [row.name, row]));

/** Folders that a project of TypeScript refers to: those that are built with it. */
function referencesOf(folder: string): string[] {
  const { references = [] } = JSON.parse(read(join(folder, 'tsconfig.json'))) as { references?: { path: string }[] };
  return references.map(({ path }) => join(folder, path));
}

/** Fixed in the stack, or not for a service in a container. */
const notPassedOn = /^(PORT|BIND_ADDR|REDIS_\w+|OPS_PORT|OPS_TOKEN|RELAY_SHARE_PORT|RELAY_TLS_\w+_FILE)$/;

describe('the files of docker compose', () => {
  test('pass on every setting', () => {
    const [, passed = ''] = /^x-settings: &settings\n(.*?)\n\n/ms.exec(stack) ?? [];
    const names = [...passed.matchAll(/^ {2}([A-Z_]+):$/gm)].map(([, name]) => name);
    expect(names).toEqual(settings.filter((name) => !notPassedOn.test(name)));
  });

  test('read nothing that .env.example does not tell, and tell the same defaults', () => {
    const used = [...files.matchAll(/(?<!\$)\$\{([A-Z_]+)(?::-([^}]*))?/g)].map(([, name = '', byDefault]) => ({
      name,
      byDefault,
    }));
    expect(used.map(({ name }) => name).filter((name) => !variables.has(name) && !settings.includes(name))).toEqual([]);
    for (const { name, byDefault } of used) {
      const told = variables.get(name)?.default;
      if (byDefault !== undefined && told) expect({ name, byDefault }).toEqual({ name, byDefault: told });
    }
  });

  test('tell nothing that they do not read', () => {
    const unread = composeVariables
      .map(({ name }) => name)
      .filter((name) => !files.includes(name) && name !== 'COMPOSE_FILE');
    expect(unread).toEqual([]);
  });

  test('have the limits by address that haproxy.cfg has without them', () => {
    const preset = [...read('deploy/haproxy/haproxy.cfg').matchAll(/^ {2}presetenv ([A-Z_]+) "?([^"\n]*)"?$/gm)];
    expect(preset.map(([, name]) => name)).toHaveLength(4);
    for (const [, name = '', value] of preset) {
      expect({ name, value }).toEqual({ name, value: variables.get(name)?.default });
      expect(stack).toContain(`      ${name}: `);
    }
  });

  test('give every Redis a limit, at which it forgets nothing, and so a budget for what is stored, and small mailboxes', () => {
    const servers = files.split(/^ *- (?:redis|valkey)-server$|^ *entrypoint: &member/m).slice(1);
    expect(servers).toHaveLength(4);
    for (const server of servers) {
      const limit = '- --maxmemory\n *- \\$\\{REDIS_MAXMEMORY:-1gb\\}\n *- --maxmemory-policy\n *- noeviction\n';
      expect(server).toMatch(new RegExp(limit.replaceAll('\n', '\n')));
    }
    const small = /- --hash-max-listpack-entries\n *- "32"\n *- --hash-max-listpack-value\n *- "4096"\n/;
    for (const server of servers) expect(server).toMatch(small);
    expect(read('deploy/compose/outside-redis.yml')).toMatch(/maxmemory.*\bRELAY_STORE_MAX_BYTES\b/s);
  });

  test('let nothing that messages pass through write a core file', () => {
    const services = [...files.matchAll(/^ *(?:<<: \*service|user: redis|image: nginx:.*)$/gm)];
    expect(services.length).toBeGreaterThan(8);
    expect(stack).toMatch(/^x-service: &service\n(?: .*\n)*? {2}ulimits: \{ core: 0 \}$/m);
    for (const [limits] of files.matchAll(/^ *ulimits: .*$/gm)) expect(limits).toContain('core: 0');
    for (const [, next] of files.matchAll(/^ *user: redis\n *(.*)$/gm)) expect(next).toBe('ulimits: { core: 0 }');
  });

  test('take all privileges from everything that runs, and give back those alone that change a user or read a certificate', () => {
    type Service = {
      image?: string;
      build?: unknown;
      cap_drop?: string[];
      cap_add?: string[];
      security_opt?: string[];
    };
    const kept: Record<string, string[]> = {};
    for (const file of [stack, read('deploy/compose/sentinel.yml'), read('deploy/compose/redis-cluster.yml')]) {
      const { services } = parse(file, { merge: true, logLevel: 'error' }) as { services: Record<string, Service> };
      for (const [name, { image, build, cap_drop, cap_add, security_opt }] of Object.entries(services)) {
        if (image === undefined && build === undefined) continue; // a change of one that another file has
        expect({ name, cap_drop, security_opt }).toEqual({
          name,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        });
        if (cap_add) kept[name] = cap_add;
      }
    }
    expect(kept).toEqual({
      haproxy: ['DAC_READ_SEARCH', 'KILL', 'SETGID', 'SETUID'],
      'redis-users': ['CHOWN', 'DAC_READ_SEARCH'],
    });
  });

  test('give the images the version of the package', () => {
    expect(read('deploy/Dockerfile')).toMatch(`\nARG VERSION=${JSON.parse(read('package.json')).version}\n`);
  });

  test('build all of each service for its image, the page of ops too', () => {
    const [, services = ''] = /tsc --build (.*?) \\/.exec(read('deploy/Dockerfile')) ?? [];
    const built = new Set(services.split(' '));
    for (const folder of built) for (const reference of referencesOf(folder)) built.add(reference);
    const wanted = referencesOf('.').filter((folder) =>
      services.split(' ').some((name) => `${folder}/`.startsWith(`${name}/`)),
    );
    expect(wanted).toContain('services/ops/dashboard');
    expect(wanted.filter((folder) => !built.has(folder))).toEqual([]);
  });
});
