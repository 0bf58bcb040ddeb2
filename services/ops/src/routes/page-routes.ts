import { readdirSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Of the package; the same from `src` and from `dist`. */
const root = join(__dirname, '../..');
const staticFiles = join(root, 'dashboard/static');
const modules = join(root, 'dist/dashboard');

/** All that the page may do: its own files, and asking its own server. */
export const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

type PageFile = { path: string; file: string };

/** The operator's page, file by file: nothing but what is listed here can be had. */
export async function servePage(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, { serve: false });
  for (const { path, file } of [...ownFiles(), ...chartFiles()]) {
    app.get(path, { config: { isPublic: true }, schema: { hide: true } }, (_request, reply) =>
      // Asked for again each time, and mostly answered with 304: a new version of ops shows at once.
      reply.header('cache-control', 'no-cache').sendFile(basename(file), dirname(file), { cacheControl: false }),
    );
  }
}

function ownFiles(): PageFile[] {
  const named = (folder: string, extension: RegExp) =>
    readdirSync(folder, { encoding: 'utf8', recursive: true })
      .filter((name) => extension.test(name))
      .map((name) => ({
        path: name === 'index.html' ? '/' : `/${name.replaceAll(sep, '/')}`,
        file: join(folder, name),
      }));
  return [...named(staticFiles, /\.(html|css|svg)$/), ...named(modules, /\.js$/)];
}

function chartFiles(): PageFile[] {
  const folder = join(dirname(require.resolve('uplot/package.json')), 'dist');
  return [
    { path: '/chart/uplot.js', file: join(folder, 'uPlot.esm.js') },
    { path: '/uplot.css', file: join(folder, 'uPlot.min.css') },
  ];
}
