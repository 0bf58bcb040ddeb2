import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScriptName, scriptNames, signatureOf } from './contract';

/** A Lua script beside this package, as Redis gets it. */
export type Script = { name: ScriptName; lua: string; numberOfKeys: number };

const luaFolder = join(__dirname, '../../lua');

/** Parts of the prelude on one line: in front of a script, they leave the numbers of its lines as they are. */
function preludeOf(parts: readonly string[]): string {
  const texts = parts.map((part) => readFileSync(join(luaFolder, 'prelude', `${part}.lua`), 'utf8'));
  const code = texts.join('').replace(/^--.*\n/gm, '');
  return code.replaceAll(/\n\s*/g, ' ');
}

/** The time that Redis told when it refused a call for being late; undefined for any other error. */
export function refusedAsLateAtMs({ message }: Error): number | undefined {
  return message.startsWith('LATE ') ? Number(message.slice('LATE '.length)) : undefined;
}

/** The names that the header of a script gives to its KEYS or ARGV, in the order of their numbers. */
function namesIn(lua: string, list: 'KEYS' | 'ARGV'): string[] {
  const names: string[] = [];
  for (const [, name, index] of lua.matchAll(new RegExp(`^local (\\w+) = .*\\b${list}\\[(\\d+)\\]`, 'gm'))) {
    names[Number(index) - 1] = name!;
  }
  return names;
}

/** @throws Error naming both when the header of a script does not read what its callers pass, in their order */
export function checkHeader(name: ScriptName, lua: string): void {
  const { keys, args } = signatureOf(name);
  const passed = `KEYS ${keys.join(', ')} and ARGV ${args.join(', ')}`;
  const read = `KEYS ${namesIn(lua, 'KEYS').join(', ')} and ARGV ${namesIn(lua, 'ARGV').join(', ')}`;
  if (read !== passed) throw new Error(`${name}.lua reads ${read}; its callers pass ${passed}`);
}

function load(name: ScriptName): Script {
  const lua = readFileSync(join(luaFolder, `${name}.lua`), 'utf8');
  if (!lua.startsWith('#!lua')) throw new Error(`${name}.lua: the first line must be #!lua`);
  checkHeader(name, lua);
  const { keys, uses = [] } = signatureOf(name);
  // After the first line, which Redis reads itself.
  return { name, lua: lua.replace('\n', () => `\n${preludeOf(uses)}`), numberOfKeys: keys.length };
}

/** Reads and checks all scripts. @throws Error naming the script whose header and callers disagree */
export function loadScripts(): Script[] {
  return scriptNames.map(load);
}
