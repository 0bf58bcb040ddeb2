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

test('Redis on Kubernetes lets in each service with its own password, tells its probe that it is well, and keeps its data', async () => {
  for (const folder of ['passwords', 'users']) mkdirSync(inFolder(folder));
  const users = [...serviceNames, 'admin'];
  for (const user of users) writeFileSync(join(inFolder('passwords'), user), `of-${user}`);
  execFileSync('sh', ['-c', kubernetesCommand()]);
  const aclFile = inFolder('users/users.acl');
  const administrator = { name: 'admin', password: 'of-admin' };
  const extraArgs = ['--aclfile', aclFile];
  const redis = await startRedis({ appendOnly: true, administrator, extraArgs });
  try {
    const as = (user: string) => redis.url.replace('admin:of-admin@', user === '' ? '' : `${user}:of-${user}@`);
    for (const user of [...users, 'health']) expect(await askRedis(as(user), ['PING'])).toBe('PONG');
    for (const command of ['INFO', 'GET x', 'ACL WHOAMI']) {
      await expect(askRedis(as('health'), command.split(' '))).rejects.toThrow('NOPERM');
      await expect(askRedis(as(''), command.split(' '))).rejects.toThrow('NOAUTH');
    }
    // The append-only file has a transaction then, which Redis reads back with the permissions of the default user.
    await askRedis(as('admin'), ['EVAL', "redis.call('SET', 'a', 'kept') redis.call('SET', 'b', 'kept')", '0']);
    await redis.restart();
    expect(await askRedis(as('admin'), ['GET', 'b'])).toBe('kept');
    await expect(askRedis(as('edge').replace('of-edge', 'of-ops'), ['PING'])).rejects.toThrow('WRONGPASS');
    // Nobody has their passwords here.
    expect((await askRedis(as('admin'), ['ACL', 'USERS'])).split(',').sort()).toEqual(
      ['default', 'health', ...users].sort(),
    );
    expect(readFileSync(aclFile, 'utf8')).not.toMatch('of-');
  } finally {
    await redis.stop();
  }
});
