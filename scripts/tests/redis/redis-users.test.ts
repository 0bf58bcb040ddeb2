import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { askRedis, repositoryRoot, startRedis } from '@openrelay/launch';
import { serviceNames } from '@openrelay/state';
import { type Container, ofKind, type Workload } from '../kubernetes-manifests';
import { useFolder } from '../unit/use-folder';

const inFolder = useFolder();

/** What the pod of Redis runs before it starts it, in a folder of this test. */
function kubernetesCommand(): string {
  const redis = ofKind<Workload>('StatefulSet')[0]!.spec.template.spec.containers[0] as Container;
  const [shell, option, text = ''] = redis.command ?? [];
  expect([shell, option]).toEqual(['sh', '-c']);
  return text
    .replace(/exec redis-server .*/, '')
    .replaceAll('/run/secrets/redis', inFolder('passwords'))
    .replaceAll('/etc/redis/users.acl', join(repositoryRoot, 'deploy/kubernetes/redis/users.acl'))
    .replaceAll('/run/openrelay', inFolder('users'));
}

test('Redis on Kubernetes lets in each service with its own password, and tells all others only that it is well', async () => {
  for (const folder of ['passwords', 'users']) mkdirSync(inFolder(folder));
  const users = [...serviceNames, 'admin'];
  for (const user of users) writeFileSync(join(inFolder('passwords'), user), `of-${user}`);
  execFileSync('sh', ['-c', kubernetesCommand()]);
  const aclFile = inFolder('users/users.acl');
  const administrator = { name: 'admin', password: 'of-admin' };
  const redis = await startRedis({ administrator, extraArgs: ['--aclfile', aclFile, '--protected-mode', 'no'] });
  try {
    const as = (user: string) => redis.url.replace('admin:of-admin@', user === '' ? '' : `${user}:of-${user}@`);
    for (const user of users) expect(await askRedis(as(user), ['PING'])).toBe('PONG');
    expect(await askRedis(as(''), ['PING'])).toBe('PONG');
    for (const command of ['INFO', 'GET x', 'ACL WHOAMI']) {
      await expect(askRedis(as(''), command.split(' '))).rejects.toThrow('NOPERM');
    }
    await expect(askRedis(as('edge').replace('of-edge', 'of-ops'), ['PING'])).rejects.toThrow('WRONGPASS');
    // Nobody has their passwords here.
    expect((await askRedis(as('admin'), ['ACL', 'USERS'])).split(',').sort()).toEqual(['default', ...users].sort());
    expect(readFileSync(aclFile, 'utf8')).not.toMatch('of-');
  } finally {
    await redis.stop();
  }
});
