import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, eventually, findProgram, startChild } from '@openrelay/launch';

export type Display = {
  /** For programs that are to use it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  stop(): Promise<void>;
};

export type DisplayKind = 'X11' | 'Wayland';

const programs = { X11: ['Xvfb', 'xclip', 'xsel'], Wayland: ['sway', 'wl-copy', 'wl-paste'] } as const;
const debianPackages = { X11: 'xvfb xclip xsel', Wayland: 'sway wl-clipboard' } as const;

const nobody = 65_534;

/** Why tests of this kind are left out on this machine, as a sentence; nothing when all is there. */
export function whyNoDisplay(kind: DisplayKind): string | undefined {
  const missing = programs[kind].filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} missing (on Debian: apt-get install ${debianPackages[kind]})`;
}

/** A display of its own, which nobody sees. */
export async function startDisplay(kind: DisplayKind): Promise<Display> {
  return kind === 'X11' ? startX11() : startWayland();
}

async function startX11(): Promise<Display> {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-x11-'));
  let number = '';
  // It finds a free number itself, and writes it to its standard output.
  const args = ['-displayfd', '1', '-screen', '0', '64x64x24', '-nolisten', 'tcp'];
  const onLine = (line: string): void => {
    number ||= line.trim();
  };
  const server = await startChild({ command: 'Xvfb', args, env: { PATH: process.env.PATH, HOME: folder }, onLine });
  await eventually(() => {
    if (number === '') throw new Error(`Xvfb is not ready: ${server.output()}`);
  });
  return { env: { PATH: process.env.PATH, HOME: folder, DISPLAY: `:${number}` }, stop: () => stop(server, folder) };
}

/** Of wlroots, with the data-control protocol; on no screen. */
async function startWayland(): Promise<Display> {
  const folder = mkdtempSync(join(tmpdir(), 'openrelay-wayland-'));
  const config = join(folder, 'config');
  writeFileSync(config, 'xwayland disable\n');
  const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: folder };
  const headless = { WLR_BACKENDS: 'headless', WLR_LIBINPUT_NO_DEVICES: '1', WLR_RENDERER: 'pixman' };
  const words = [...unprivileged(folder), 'sway', '-c', config];
  const server = await startChild({ command: words[0]!, args: words.slice(1), env: { ...env, ...headless } });
  const socket = join(folder, 'wayland-1');
  await eventually(() => reach(socket));
  return { env: { ...env, WAYLAND_DISPLAY: 'wayland-1' }, stop: () => stop(server, folder) };
}

/** Sway refuses to run as root. */
function unprivileged(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  chmodSync(folder, 0o755);
  chownSync(folder, nobody, nobody);
  return ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--pdeathsig=TERM'];
}

async function stop(server: Child, folder: string): Promise<void> {
  await server.stop('SIGTERM', 5_000);
  rmSync(folder, { recursive: true, force: true });
}

function reach(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
