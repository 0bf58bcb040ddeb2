/**
 * Builds what devices use as ECMAScript modules too, beside the CommonJS of `tsc --build`: one file for each package, of which a
 * bundler keeps what is used.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = ['shared/protocol', 'shared/client'];

await Promise.all(
  packages.map((folder) =>
    build({
      entryPoints: [join(root, folder, 'src/index.ts')],
      outfile: join(root, folder, 'dist/index.mjs'),
      bundle: true,
      packages: 'external',
      format: 'esm',
      target: 'es2022',
      sourcemap: true,
      logLevel: 'warning',
    }),
  ),
);
