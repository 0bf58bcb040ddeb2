import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

// Each README.md beside rooms lists them from top to bottom, and imports go down.

const houses = [
  'services/cluster-tests/src',
  'scripts/src/bench',
  'services/device/src',
  'services/edge/src',
  'services/janitor/src',
  'services/ops/dashboard',
  'services/ops/src',
  'services/relayctl/src',
  'shared/client/src',
  'shared/client/src/connection',
  'shared/client/src/pairing',
  'shared/launch/src',
  'shared/page/app',
  'shared/state/src',
  'shared/telemetry/src',
];

function roomsOf(house: string): string[] {
  const text = readFileSync(join(repositoryRoot, house, 'README.md'), 'utf8');
  return Array.from(text.matchAll(/^\| `([a-z-]+)` \|/gm), ([, room]) => room!);
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** The file that a relative import is of, as far as its room goes. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/from '(\.{1,2}\/[^']+)'/g);
  return Array.from(found, ([, path]) => join(dirname(file), path!));
}

describe.each(houses)('%s', (house) => {
  const root = join(repositoryRoot, house);
  const rooms = roomsOf(house);
  const roomOf = (file: string) => {
    const [first, ...rest] = relative(root, file).split(sep);
    // What is imported may be a room's index.
    return rest.length > 0 || rooms.includes(first ?? '') ? first : undefined;
  };

  test('every folder with code is a room that its README names', () => {
    const folders = new Set(sourcesIn(root).flatMap((file) => roomOf(file) ?? []));
    expect([...folders].sort()).toEqual([...rooms].sort());
  });

  test('a room imports from itself and from rooms below it alone', () => {
    const upwards = sourcesIn(root).flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      return importsOf(file)
        .filter((imported) => !relative(root, imported).startsWith('..')) // of the house around it
        .filter((imported) => rooms.indexOf(roomOf(imported) ?? '') < rooms.indexOf(room))
        .map((imported) => `${relative(root, file)} imports ${relative(root, imported)}`);
    });
    expect(upwards).toEqual([]);
  });
});
