/** The few frames of the X11 protocol and of XFIXES that tell of a new owner of the clipboard. All little-endian. */
import type { X11Cookie } from './x11-address';

const padded = (length: number): number => (length + 3) & ~3;

export function setupRequest({ name, data }: X11Cookie): Buffer {
  const frame = Buffer.alloc(12 + padded(name.length) + padded(data.length));
  frame.write('l', 0);
  frame.writeUInt16LE(11, 2);
  frame.writeUInt16LE(name.length, 6);
  frame.writeUInt16LE(data.length, 8);
  frame.write(name, 12, 'latin1');
  data.copy(frame, 12 + padded(name.length));
  return frame;
}

/** Bytes of the answer to the setup; nothing until its first 8 are there. */
export function setupLength(bytes: Buffer): number | undefined {
  return bytes.length < 8 ? undefined : 8 + 4 * bytes.readUInt16LE(6);
}

/** The first screen's root window; nothing when the server refused. */
export function rootWindow(setup: Buffer): number | undefined {
  if (setup[0] !== 1 || setup.length < 40) return undefined;
  const screens = 40 + padded(setup.readUInt16LE(24)) + 8 * setup[29]!;
  return screens + 4 <= setup.length ? setup.readUInt32LE(screens) : undefined;
}

/** QueryExtension (98) or InternAtom (16). */
export function namedRequest(request: 'QueryExtension' | 'InternAtom', name: string): Buffer {
  const frame = Buffer.alloc(8 + padded(name.length));
  frame[0] = request === 'QueryExtension' ? 98 : 16;
  frame.writeUInt16LE(frame.length / 4, 2);
  frame.writeUInt16LE(name.length, 4);
  frame.write(name, 8, 'latin1');
  return frame;
}

/**
 * QueryVersion (0), without which the server refuses what follows, SelectSelectionInput (2) for a new owner (mask 1), which has no
 * answer, and GetInputFocus (43), which has one.
 */
export function watchRequests(xfixes: number, root: number, selection: number): Buffer {
  const version = Buffer.from([xfixes, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  const select = Buffer.alloc(16);
  select.set([xfixes, 2, 4, 0]);
  select.writeUInt32LE(root, 4);
  select.writeUInt32LE(selection, 8);
  select.writeUInt32LE(1, 12);
  return Buffer.concat([version, select, Buffer.from([43, 0, 1, 0])]);
}

/** Of an error, a reply or an event; nothing until its first 32 bytes are there. */
export function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 32) return undefined;
  return bytes[0] === 1 ? 32 + 4 * bytes.readUInt32LE(4) : 32;
}
