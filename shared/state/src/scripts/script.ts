import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contract, isTimed, type ScriptName } from './contract';

/** A Lua script beside this package, as Redis gets it. */
export type Script = { name: ScriptName; lua: string; numberOfKeys: number };

const luaFolder = join(__dirname, '../../lua');

/** In front of every timed script, which then knows the time too: its last argument is when the asker gives up, by Redis's clock. */
const prelude = [
  "local deadline, time = tonumber(ARGV[#ARGV]), redis.call('TIME')",
  'local now = time[1] * 1000 + math.floor(time[2] / 1000)',
  "if now > deadline then return redis.error_reply('LATE ' .. now) end",
].join(' ');

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
  const { keys, args } = contract[name];
  const passed = `KEYS ${keys.join(', ')} and ARGV ${args.join(', ')}`;
  const read = `KEYS ${namesIn(lua, 'KEYS').join(', ')} and ARGV ${namesIn(lua, 'ARGV').join(', ')}`;
  if (read !== passed) throw new Error(`${name}.lua reads ${read}; its callers pass ${passed}`);
}

function load(name: ScriptName): Script {
  const lua = readFileSync(join(luaFolder, `${name}.lua`), 'utf8');
  if (!lua.startsWith('#!lua')) throw new Error(`${name}.lua: the first line must be #!lua`);
  checkHeader(name, lua);
  // Behind the first line, which Redis reads itself, and in front of the second: the numbers of lines stay.
  const text = isTimed(name) ? lua.replace('\n', `\n${prelude} `) : lua;
  return { name, lua: text, numberOfKeys: contract[name].keys.length };
}

/** Reads and checks all scripts. @throws Error naming the script whose header and callers disagree */
export function loadScripts(): Script[] {
  return (Object.keys(contract) as ScriptName[]).map(load);
}
