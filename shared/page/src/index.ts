import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** One file of the page that makes a browser a device, ready to be served. */
export type PageFile = {
  /** Below the host, such as `/app/page.js`. */
  readonly path: string;
  readonly contentType: string;
  /** The smallest first, the file as it is last. */
  readonly forms: readonly PageForm[];
  readonly headers: Readonly<Record<string, string>>;
};

export type PageForm = {
  /** As `Content-Encoding` names it; `identity` needs none. */
  readonly encoding: 'br' | 'gzip' | 'identity';
  readonly body: Uint8Array;
  /** An entity tag of exactly these bytes, with its quotes. */
  readonly tag: string;
};

/** Of the package; the same from `src` and from `dist`. `npm run build` fills it. */
const folder = join(__dirname, '../dist/files');
const root = '/app/';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** All that the page may do: its own files, pictures that it was sent, and the relay that served it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types openrelay-worker',
].join('; ');

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** What `npm run build` has compressed stands beside the file, under its name with one of these. */
const endings: Readonly<Record<string, PageForm['encoding']>> = { '.br': 'br', '.gz': 'gzip' };

/** Reads the whole page, compressed forms too. Empty when the page was not built. */
export function readPageFiles(): PageFile[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder);
  return names
    .filter((name) => endings[extname(name)] === undefined)
    .map((name) => ({
      path: name === 'index.html' ? root : root + name,
      contentType: contentTypes[extname(name)] ?? 'text/plain',
      forms: formsOf(name, names),
      headers,
    }));
}

function formsOf(name: string, names: readonly string[]): PageForm[] {
  const compressed = Object.entries(endings).filter(([ending]) => names.includes(name + ending));
  return [...compressed, ['', 'identity'] as const].map(([ending, encoding]) => {
    const body = readFileSync(join(folder, name + ending));
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    return { encoding, body, tag };
  });
}
