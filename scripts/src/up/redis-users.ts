import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessLine, defaultUser, type ServiceName, serviceNames } from '@openrelay/state';

/** The users of the Redis that `up` starts. */
export type RedisUsers = {
  /** As Redis reads it. */
  readonly aclFile: string;
  /** A file with the password of each, and nothing else. */
  readonly passwordFile: (user: ServiceName | 'admin') => string;
  readonly password: (user: ServiceName | 'admin') => string;
};

/** Makes a random password for each user that has none yet; the folder and its files are for the owner alone. */
export function makeRedisUsers(folder: string): RedisUsers {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const passwordFile = (user: string) => join(folder, user);
  const password = (user: string) => readFileSync(passwordFile(user), 'utf8').trim();
  for (const user of [...serviceNames, 'admin']) {
    // A full disk leaves an empty one.
    if (!existsSync(passwordFile(user)) || password(user) === '')
      writeSecret(passwordFile(user), randomBytes(24).toString('hex'));
  }
  const hashOf = (user: string) => createHash('sha256').update(password(user)).digest('hex');
  const aclFile = join(folder, 'users.acl');
  const lines = [
    defaultUser,
    `user admin on #${hashOf('admin')} ~* &* +@all`,
    ...serviceNames.map((service) => accessLine(service, hashOf(service))),
  ];
  writeSecret(aclFile, lines.join('\n'));
  return { aclFile, passwordFile, password };
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
}
