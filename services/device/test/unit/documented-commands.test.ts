import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '@openrelay/launch';
import { programFor } from '../../src/program';
import { stillWorld } from '../still-world';

const program = programFor(stillWorld(), () => {});
const documents = ['README.md', 'DEVICES.md', 'examples/python/README.md', 'scripts/src/up/advice.ts'];
const global = program.options.map(({ long }) => long);

/** What follows `openrelay` where it is typed: in backticks, behind a prompt, or behind `npx`. */
function callsIn(text: string): string[] {
  const typed = /(?:`(?:OPENRELAY_HOME=\S+ )?(?:npx )?|^\$ (?:npx )?|npx )openrelay ([^`\n;]*)/gm;
  return Array.from(text.matchAll(typed), ([, words = '']) => words.replace(/--relay \S+ ?/, ''));
}

const documented = documents.flatMap((document) =>
  callsIn(readFileSync(join(repositoryRoot, document), 'utf8')).map((call) => [document, call] as const),
);

test.each(documented)('%s: openrelay %s', (_, call) => {
  const [name] = call.match(/^[A-Za-z]+/) ?? [];
  if (name === 'COMMAND') return;
  const command = program.commands.find((each) => each.name() === name);
  expect(command?.name()).toBe(name);
  const options = [...command!.options.map(({ long }) => long), ...global, '--help'];
  for (const option of call.match(/--[a-z-]+/g) ?? []) expect(options).toContain(option);
});

test('DEVICES.md has every command, and every option of receive', () => {
  const text = readFileSync(join(repositoryRoot, 'DEVICES.md'), 'utf8');
  const listed = callsIn(text).map((call) => call.split(' ')[0]);
  const commands = program.createHelp().visibleCommands(program);
  for (const command of commands.filter((each) => each.name() !== 'help')) expect(listed).toContain(command.name());
  const receive = program.commands.find((each) => each.name() === 'receive')!;
  for (const { long } of receive.options) expect(text).toContain(`${long}`);
});
