import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** What the folders depend on. */
export type Place = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** For what is lost when the machine ends. */
  readonly temporary: string;
  /** Tells users apart in a temporary folder; the name on Windows. */
  readonly user: string;
};

/** Where things are on this machine; all absolute. */
export type Folders = {
  /** The file of settings. */
  readonly settings: string;
  /** The folder of the store: keys, peers, sessions. */
  readonly store: string;
  /** Log, and what arrived. */
  readonly state: string;
  /** The agent's: a file, or the name of a pipe on Windows. */
  readonly socket: string;
  /** Where files that arrive go, unless the user says otherwise. */
  readonly received: string;
};

/** A socket's path has at most 104 bytes on macOS, 108 on Linux. */
const longestSocketPath = 100;

/** OPENRELAY_HOME has all in one folder; else the platform's own (XDG Base Directory; Application Support; %APPDATA%). */
export function foldersOf(place: Place): Folders {
  const { env, platform, home } = place;
  const one = env.OPENRELAY_HOME;
  if (one) return inOneFolder(place, resolve(one), join(resolve(one), 'received'));
  const received = join(env.XDG_DOWNLOAD_DIR || join(home, 'Downloads'), 'OpenRelay');
  if (platform === 'darwin') return inOneFolder(place, join(home, 'Library/Application Support/openrelay'), received);
  // The Windows app has %APPDATA%\OpenRelay.
  if (platform === 'win32')
    return inOneFolder(place, join(env.APPDATA || join(home, 'AppData/Roaming'), 'OpenRelay Device'), received);
  return byXdg(place, received);
}

function inOneFolder(place: Place, folder: string, received: string): Folders {
  return {
    settings: join(folder, 'settings.json'),
    store: join(folder, 'device'),
    state: folder,
    socket: socketIn(place, folder),
    received,
  };
}

function byXdg(place: Place, received: string): Folders {
  const { env, home } = place;
  const config = env.XDG_CONFIG_HOME || join(home, '.config');
  const data = env.XDG_DATA_HOME || join(home, '.local/share');
  const state = join(env.XDG_STATE_HOME || join(home, '.local/state'), 'openrelay');
  return {
    settings: join(config, 'openrelay/settings.json'),
    store: join(data, 'openrelay/device'),
    state,
    socket: socketIn(place, env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'openrelay') : state),
    received,
  };
}

function socketIn({ platform, temporary, user }: Place, folder: string): string {
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\openrelay-${user}-${digest}`;
  const path = join(folder, 'agent.sock');
  return Buffer.byteLength(path) <= longestSocketPath
    ? path
    : join(temporary, `openrelay-${user}-${digest}`, 'agent.sock');
}
