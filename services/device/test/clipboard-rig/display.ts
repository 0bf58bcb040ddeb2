import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, eventually, findProgram, startChild } from '@openrelay/launch';

export type Display = {
  /** For programs that are to use it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Kills it, and starts it again where it was, with nothing in its clipboard. Of X11. */
  restart(): Promise<void>;
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
  const env = { PATH: process.env.PATH, HOME: folder };
  const begun = await startXvfb(env);
  const display = `:${begun.number}`;
  let { server } = begun;
  const restart = async (): Promise<void> => {
    await server.stop('SIGKILL', 5_000);
    ({ server } = await startXvfb(env, display));
  };
  return { env: { ...env, DISPLAY: display }, restart, stop: () => stop(server, folder) };
}

/** Without a display it finds a free number itself, and writes it to its standard output. */
async function startXvfb(env: Display['env'], ...display: string[]): Promise<{ server: Child; number: string }> {
  let number = '';
  const args = [...display, '-displayfd', '1', '-screen', '0', '64x64x24', '-nolisten', 'tcp'];
  const onLine = (line: string): void => {
    number ||= line.trim();
  };
  const server = await startChild({ command: 'Xvfb', args, env, onLine });
  await eventually(() => {
    if (number === '') throw new Error(`Xvfb is not ready: ${server.output()}`);
  });
  return { server, number };
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
  const restart = async (): Promise<void> => Promise.reject(new Error('Only a display of X11 is started again.'));
  return { env: { ...env, WAYLAND_DISPLAY: 'wayland-1' }, restart, stop: () => stop(server, folder) };
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
