import { expect, test } from '@jest/globals';
import { settingsTable } from '@openrelay/config';
import { composeVariables } from '../../src/documents/compose-variables';
import { exampleEnvironment, settingsDocument } from '../../src/documents/settings-document';

const names = Object.values(settingsTable).map((row) => row.name);

test('the documents have every setting', () => {
  for (const name of names) {
    expect(settingsDocument()).toMatch(`| \`${name}\` |`);
    expect(exampleEnvironment()).toMatch(`\n#${name}=`);
  }
});

test('.env.example has what only docker compose reads', () => {
  for (const { name, default: byDefault } of composeVariables) {
    expect(exampleEnvironment()).toMatch(`\n#${name}=${byDefault}\n`);
  }
  expect(composeVariables.map(({ name }) => name).filter((name) => names.includes(name as never))).toEqual([]);
});
