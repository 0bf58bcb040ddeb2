import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const mostBytes = 16_384;
const mostLines = 20;

/** The last lines of a log; an empty text when there is none. */
export function logEnd(file: string): string {
  try {
    return lastBytes(file).trimEnd().split('\n').slice(-mostLines).join('\n');
  } catch {
    return '';
  }
}

function lastBytes(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(mostBytes);
    const startAt = Math.max(0, fstatSync(descriptor).size - mostBytes);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, mostBytes, startAt));
  } finally {
    closeSync(descriptor);
  }
}
