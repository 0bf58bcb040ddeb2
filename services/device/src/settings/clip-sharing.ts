import { changeSettings, readSettings } from './settings-file';

/** With whom the clipboard is shared, while it is. Ids in upper case. */
export type ClipPeers =
  | { readonly all: true }
  | { readonly only: readonly string[] }
  | { readonly without: readonly string[] };

export type ClipSettings = { readonly mode: 'on' | 'off'; readonly peers: ClipPeers };

/** On, with all, unless the user has said otherwise. Throws a Failure for settings that can't be read. */
export async function readClipSettings(file: string): Promise<ClipSettings> {
  const { clipboard, clipboardPeers } = await readSettings(file);
  return { mode: clipboard === 'off' ? 'off' : 'on', peers: peersOf(clipboardPeers) };
}

/** @param peers absent: as before */
export async function writeClipSettings(file: string, mode: 'on' | 'off', peers?: ClipPeers): Promise<void> {
  await changeSettings(file, (settings) => {
    const clipboardPeers = peers ?? peersOf(settings.clipboardPeers);
    return { ...settings, clipboard: mode, clipboardPeers: 'all' in clipboardPeers ? undefined : clipboardPeers };
  });
}

export function takesPart(peers: ClipPeers, id: string): boolean {
  if ('only' in peers) return peers.only.includes(id.toUpperCase());
  return !('without' in peers && peers.without.includes(id.toUpperCase()));
}

/** What is no such thing shares nothing: a slip in the file must not send passwords to everybody. */
function peersOf(value: unknown): ClipPeers {
  if (value === undefined) return { all: true };
  const { only, without } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (isIds(without)) return { without: without.map((id) => id.toUpperCase()) };
  return { only: isIds(only) ? only.map((id) => id.toUpperCase()) : [] };
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}
