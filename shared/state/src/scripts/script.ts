import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScriptName, scriptNames, signatureOf } from './contract';

/** A Lua script beside this package, as Redis gets it. `sha`: what Redis calls it. */
export type Script = { name: ScriptName; lua: string; sha: string; numberOfKeys: number };

const luaFolder = join(__dirname, '../../lua');

const preludeFolder = join(luaFolder, 'prelude');

/**
 * A file of the prelude without the comments that stand on lines of their own, from the first column.
 * @throws Error for any other: on the one line that the prelude becomes it would hide what follows it
 */
export function codeOfPart(part: string, text: string): string {
  const code = text.replace(/^--.*\n/gm, '');
  if (code.includes('--')) throw new Error(`prelude/${part}.lua: a comment must begin its line, without indentation.`);
  return code;
}

function readParts(): Map<string, string> {
  const parts = new Map<string, string>();
  for (const file of readdirSync(preludeFolder)) {
    const text = readFileSync(join(preludeFolder, file), 'utf8');
    const part = file.replace('.lua', '');
    parts.set(part, codeOfPart(part, text));
  }
  return parts;
}

/**
 * Files of `../../lua/prelude`, each named for the local that it defines, that a text names, and before each those that it names
 * itself. One costs Redis about 0.05 µs a call.
 */
function addPartsOf(text: string, parts: Map<string, string>, added: Set<string>): Set<string> {
  const names = new Set(text.replaceAll(/--.*/g, '').match(/\b[a-z]\w*/gi));
  for (const name of names) {
    const part = parts.get(name);
    if (part === undefined || part === text || added.has(name)) continue;
    addPartsOf(part, parts, added);
    added.add(name);
  }
  return added;
}

/** What a script uses of the prelude, on one line: in front of a script, it leaves the numbers of its lines as they are. */
function preludeOf(lua: string, isTimed: boolean, parts: Map<string, string>): string {
  const first = isTimed ? ['now', 'deadline'] : [];
  const used = addPartsOf(lua, parts, new Set(first));
  const code = Array.from(used, (part) => parts.get(part)!).join('');
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

function load(name: ScriptName, parts: Map<string, string>): Script {
  const lua = readFileSync(join(luaFolder, `${name}.lua`), 'utf8');
  if (!lua.startsWith('#!lua')) throw new Error(`${name}.lua: the first line must be #!lua`);
  checkHeader(name, lua);
  const { keys, isTimed = false } = signatureOf(name);
  // After the first line, which Redis reads itself.
  const whole = lua.replace('\n', () => `\n${preludeOf(lua, isTimed, parts)}`);
  return { name, lua: whole, sha: createHash('sha1').update(whole).digest('hex'), numberOfKeys: keys.length };
}

/** Reads and checks all scripts. @throws Error naming the script whose header and callers disagree */
export function loadScripts(): Script[] {
  const parts = readParts();
  return scriptNames.map((name) => load(name, parts));
}
