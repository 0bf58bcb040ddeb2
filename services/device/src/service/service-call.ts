import { Failure } from '../failures/failure';

/** What a service manager is to run, and with what around it. */
export type ServiceCall = {
  /** Absolute paths of node and of this command, then its arguments. */
  readonly words: readonly string[];
  /** Only what the folders depend on: a manager knows nothing of a shell's settings. */
  readonly env: Readonly<Record<string, string>>;
};

/** Not XDG_RUNTIME_DIR, which the manager of each login has right. */
const ofFolders = ['OPENRELAY_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_DOWNLOAD_DIR'];

/** Throws a Failure for paths that no file of a service manager can hold. */
export function serviceCall(words: readonly string[], env: Readonly<Record<string, string | undefined>>): ServiceCall {
  const kept = ofFolders.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  for (const text of [...words, ...kept.map(([, value]) => value)]) {
    if (/\p{Cc}/u.test(text))
      throw new Failure(3, `A path with control characters can’t be installed: ${JSON.stringify(text)}.`);
  }
  return { words, env: Object.fromEntries(kept) };
}
