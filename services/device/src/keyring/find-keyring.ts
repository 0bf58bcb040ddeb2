import { Failure } from '../failures/failure';
import type { Keyring } from './keyring';
import { macosKeyring } from './keyring-macos';
import { secretServiceKeyring } from './keyring-secret-service';

/** This platform's. Throws a Failure where there is none that is known. */
export function findKeyring(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): Keyring {
  if (platform === 'darwin') return macosKeyring(env);
  if (platform === 'win32')
    throw new Failure(
      3,
      'On Windows keys stay in their file, which only this user can read: there is no keyring to use.',
    );
  return secretServiceKeyring(env);
}
