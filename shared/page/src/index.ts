import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** One file of the page that makes a browser a device, ready to be served. */
export type PageFile = {
  /** Below the host, such as `/app/page.js`. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Of the package; the same from `src` and from `dist`. `npm run build` fills it. */
const folder = join(__dirname, '../dist/files');
const root = '/app/';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
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

/** Empty when the page was not built. */
export function readPageFiles(): PageFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => ({
    path: name === 'index.html' ? root : root + name,
    contentType: contentTypes[extname(name)] ?? 'text/plain',
    body: readFileSync(join(folder, name), 'utf8'),
    headers,
  }));
}
