import { Failure } from '../failures/failure';
import { type ProgramEnd, runProgram } from '../programs/run-program';
import type { Keyring } from './keyring';

const answerMs = 60_000;
/** Of security(1): errSecItemNotFound (-25300), as an exit code. */
const notFound = 44;

/** The login keychain, through `security`. Not tried on a Mac. */
export function macosKeyring(env: Readonly<Record<string, string | undefined>>): Keyring {
  const security = (args: readonly string[], input?: string) =>
    runProgram({ words: ['security', ...args], env, input, timeoutMs: answerMs });
  return {
    name: 'the login keychain',
    get: async (id) => {
      const end = await security(['find-generic-password', '-s', 'openrelay', '-a', id, '-w']);
      if (end.is === 'ended' && end.code === 0) return end.stdout.trim();
      if (end.is === 'ended' && end.code === notFound) return undefined;
      throw silent(end);
    },
    put: async (id, secret) => {
      // Of its standard input, as everybody can read the arguments of a process.
      const line = `add-generic-password -U -s openrelay -a ${id} -w ${secret}\n`;
      const end = await security(['-i'], line);
      if (end.is !== 'ended' || end.code !== 0) throw silent(end);
    },
    remove: async (id) => {
      const end = await security(['delete-generic-password', '-s', 'openrelay', '-a', id]);
      if (end.is !== 'ended') throw silent(end);
    },
  };
}

function silent(end: ProgramEnd): Failure {
  const why = end.is === 'ended' ? (end.stderr.trim().split('\n').at(-1) ?? '') : `security is ${end.is}`;
  return new Failure(
    3,
    `The login keychain can’t be reached (${why}): unlock it, as by a login at the Mac, and try again.`,
  );
}
