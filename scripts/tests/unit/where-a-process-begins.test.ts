import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';

/** Not deployed: they start programs, which need the PATH. */
const notDeployed = ['shared/launch', 'shared/testing', 'services/cluster-tests'];

function sourcesOf(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder))
    .map((name) => `${folder}/${name}`)
    .filter((folder) => !notDeployed.includes(folder))
    .flatMap((folder) =>
      readdirSync(join(repositoryRoot, folder, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/src/${name}`),
    );
}

test('what is deployed reads the environment in its main.ts alone', () => {
  const reading = [...sourcesOf('shared'), ...sourcesOf('services')].filter((path) => {
    const text = readFileSync(join(repositoryRoot, path), 'utf8');
    return /\bprocess\.env\b|\(process[,)]|= process;/.test(text);
  });
  expect(reading.length).toBeGreaterThan(0);
  expect(reading.filter((path) => !path.endsWith('/src/main.ts'))).toEqual([]);
});
