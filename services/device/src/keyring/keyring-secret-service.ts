import { Failure } from '../failures/failure';
import { type ProgramEnd, runProgram } from '../programs/run-program';
import type { Keyring } from './keyring';

/** It may ask the user for a password meanwhile. */
const answerMs = 60_000;
const name = 'the keyring';

/** GNOME's, KDE's or KeePassXC's (https://specifications.freedesktop.org/secret-service/), through secret-tool of libsecret. */
export function secretServiceKeyring(env: Readonly<Record<string, string | undefined>>): Keyring {
  const attributes = (id: string) => ['service', 'openrelay', 'store', id];
  const secretTool = (args: readonly string[], input?: string): Promise<ProgramEnd> =>
    runProgram({ words: ['secret-tool', ...args], env, input, timeoutMs: answerMs });

  async function get(id: string): Promise<string | undefined> {
    const found = await secretTool(['lookup', ...attributes(id)]);
    const { code, stdout, stderr } = ended(found);
    if (code === 0) return stdout.trim();
    // One that is locked finds nothing either, and says nothing. It only shows what it has.
    if (saidBy(stderr) !== '') throw silent(stderr);
    const shown = ended(await secretTool(['search', ...attributes(id)]));
    if (!`${shown.stdout}${shown.stderr}`.includes(id)) return undefined;
    throw new Failure(3, 'The keyring is locked: unlock it, as by a login at the desktop, and try again.');
  }

  return {
    name,
    get,
    put: async (id, secret) => {
      const { code, stderr } = ended(await secretTool(['store', '--label=OpenRelay', ...attributes(id)], secret));
      if (code !== 0) throw silent(stderr);
    },
    remove: async (id) => {
      // One that is not there ends with 1, too.
      ended(await secretTool(['clear', ...attributes(id)]));
    },
  };
}

function ended(end: ProgramEnd): Extract<ProgramEnd, { is: 'ended' }> {
  switch (end.is) {
    case 'ended':
      return end;
    case 'missing':
      throw new Failure(
        3,
        'secret-tool, which reaches the keyring, is not there: install it (on Debian libsecret-tools).',
      );
    case 'late':
      throw new Failure(3, `The keyring did not answer within ${answerMs / 1000} s: unlock it, and try again.`);
    default:
      return end satisfies never;
  }
}

/** What secret-tool itself says, and not the prompt of the keyring. */
function saidBy(stderr: string): string {
  return /^secret-tool: (.+)$/m.exec(stderr)?.[1]?.trim() ?? '';
}

function silent(stderr: string): Failure {
  const why = saidBy(stderr) || 'it does not say why';
  return new Failure(3, `The keyring can’t be reached (${why}): is this a login at the desktop, and is it unlocked?`);
}
