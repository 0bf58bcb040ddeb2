// Exits 0 when node_modules holds what package-lock.json asks for. Contents are compared, not times: `git clone` and
// `git checkout` set those as they please. Packages for other systems are rightly missing.
import { readFileSync } from 'node:fs';

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
};

const wanted = packagesOf('package-lock.json') ?? {};
const installed = packagesOf('node_modules/.package-lock.json');

const isMissing = ([path, { version, optional }]) => {
  if (!path.includes('node_modules/')) return false;
  return installed[path] === undefined ? optional !== true : installed[path].version !== version;
};

process.exit(installed === undefined || Object.entries(wanted).some(isMissing) ? 1 : 0);
