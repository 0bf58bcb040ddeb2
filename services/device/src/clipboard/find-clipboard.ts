import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Clipboard, ClipboardError } from './clipboard';
import { macosClipboard } from './clipboard-macos';
import { waylandClipboard } from './clipboard-wayland';
import { windowsClipboard } from './clipboard-windows';
import { xclipClipboard } from './clipboard-xclip';
import { xselClipboard } from './clipboard-xsel';

export type Env = Readonly<Record<string, string | undefined>>;

/** This machine's clipboard, by its platform and the tools that are there. Rejects with a ClipboardError that says what is missing. */
export async function findClipboard(env: Env, platform: NodeJS.Platform = process.platform): Promise<Clipboard> {
  if (platform === 'darwin') return macosClipboard(env);
  if (platform === 'win32') return windowsClipboard(env);
  return unixClipboard(env);
}

/** Wayland first: an X server beside it only mirrors its clipboard. */
async function unixClipboard(env: Env): Promise<Clipboard> {
  if (hasText(env.WAYLAND_DISPLAY) && (await hasAll(env, ['wl-paste', 'wl-copy']))) return waylandClipboard(env);
  if (hasText(env.DISPLAY)) {
    if (await hasAll(env, ['xclip'])) return xclipClipboard(env);
    if (await hasAll(env, ['xsel'])) return xselClipboard(env);
  }
  throw new ClipboardError(missing(env));
}

function missing(env: Env): string {
  if (hasText(env.WAYLAND_DISPLAY)) return 'No tool for the clipboard of Wayland is there: install wl-clipboard.';
  if (hasText(env.DISPLAY)) return 'No tool for the clipboard of X11 is there: install xclip.';
  return 'There is no clipboard here: neither DISPLAY nor WAYLAND_DISPLAY is set. Run it in a graphical session.';
}

function hasText(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

async function hasAll({ PATH = '' }: Env, commands: readonly string[]): Promise<boolean> {
  const found = await Promise.all(commands.map((command) => isOn(PATH, command)));
  return found.every((is) => is === 'there');
}

async function isOn(path: string, command: string): Promise<'there' | 'missing'> {
  for (const folder of path.split(delimiter).filter((name) => name !== '')) {
    const found = await access(join(folder, command), constants.X_OK).then(
      () => 'there' as const,
      () => 'missing' as const,
    );
    if (found === 'there') return found;
  }
  return 'missing';
}
