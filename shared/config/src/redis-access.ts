import { readFileSync } from 'node:fs';
import { settingsTable } from './settings-table';

type Access = { redisUrl: string; redisUsername: string; redisPassword: string; redisPasswordFile: string };

/** The URL with the user and the password that it leaves out, or what is wrong with these: a sentence each. */
export type WithAccess = { redisUrl: string; warnings: string[] } | { problems: string[] };

const { name: userVariable } = settingsTable.redisUsername;
const { name: passwordVariable } = settingsTable.redisPassword;
const { name: fileVariable } = settingsTable.redisPasswordFile;

/** Reads the file of the password, if one is named. */
export function withRedisAccess({ redisUrl, redisUsername, redisPassword, redisPasswordFile }: Access): WithAccess {
  const given = [
    ...(redisUsername === '' ? [] : [userVariable]),
    ...(redisPassword === '' ? [] : [passwordVariable]),
    ...(redisPasswordFile === '' ? [] : [fileVariable]),
  ];
  if (given.length === 0) return { redisUrl, warnings: [] };
  if (/^[^?]*@/.test(redisUrl)) {
    return {
      redisUrl,
      warnings: [`REDIS_URL has a user or a password of its own, and ${given.join(' and ')} no effect.`],
    };
  }
  if (redisPassword !== '' && redisPasswordFile !== '') {
    return { problems: [`${passwordVariable} and ${fileVariable} are both set: one of them must go.`] };
  }
  const password = redisPasswordFile === '' ? redisPassword : passwordIn(redisPasswordFile);
  if (typeof password !== 'string') return { problems: [password.problem] };
  if (password === '') return { problems: [`${userVariable} is set without ${passwordVariable} or ${fileVariable}.`] };
  const credentials = `${encodeURIComponent(redisUsername)}:${encodeURIComponent(password)}`;
  return { redisUrl: redisUrl.replace('://', () => `://${credentials}@`), warnings: [] };
}

function passwordIn(file: string): string | { problem: string } {
  try {
    const password = readFileSync(file, 'utf8').trim();
    if (settingsTable.redisPassword.parse(password) !== undefined) return password;
    return { problem: `${fileVariable} names ${file}, which must hold ${settingsTable.redisPassword.allowed}.` };
  } catch (error) {
    return {
      problem: `${fileVariable} names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    };
  }
}
