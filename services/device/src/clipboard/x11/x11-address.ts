import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Where an X server listens: a socket's path, or a host and port. */
export type X11Address = {
  readonly display: number;
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
};

/** Of DISPLAY: `:0`, `unix:0`, `localhost:10.0`. Nothing when it is none. */
export function x11Address(display: string | undefined): X11Address | undefined {
  const [, host, digits] = /^(.*):(\d{1,5})(?:\.\d+)?$/.exec(display ?? '') ?? [];
  if (host === undefined || digits === undefined) return undefined;
  const number = Number(digits);
  const at = host === '' || host === 'unix' ? { path: `/tmp/.X11-unix/X${number}` } : { host, port: 6000 + number };
  return { display: number, at };
}

export type X11Cookie = { readonly name: string; readonly data: Buffer };

const localFamily = 256;
const wildFamily = 65_535;

/** The cookie for a display out of Xauthority's file; empty when there is none, which some servers take. */
export async function x11Cookie(
  env: Readonly<Record<string, string | undefined>>,
  display: number,
): Promise<X11Cookie> {
  const file = env.XAUTHORITY ?? join(env.HOME ?? '', '.Xauthority');
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return cookieIn(bytes, display, hostname()) ?? { name: '', data: Buffer.alloc(0) };
}

/** Entries of: family u16, then address, display number, name and data, each with a u16 length (Xau(3)). */
export function cookieIn(bytes: Buffer, display: number, host: string): X11Cookie | undefined {
  let other: X11Cookie | undefined;
  let at = 0;
  const field = (): Buffer => {
    const length = bytes.readUInt16BE(at);
    at += 2 + length;
    return bytes.subarray(at - length, at);
  };
  while (at + 10 <= bytes.length) {
    const family = bytes.readUInt16BE(at);
    at += 2;
    const [address, number, name, data] = [field(), field(), field(), field()];
    if (number.length > 0 && number.toString('latin1') !== String(display)) continue;
    const cookie = { name: name.toString('latin1'), data };
    if (family === wildFamily || (family === localFamily && address.toString('latin1') === host)) return cookie;
    other ??= cookie;
  }
  return other;
}
