import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Lua script beside this package, with the number of KEYS and ARGV that its header names. */
export type Script = { name: string; lua: string; keys: number; args: number };

/** Every script, with what the TypeScript side passes to it; compared with each header when a process starts. */
const contract = {
  bandwidth_add: { keys: 2, args: 4 },
  deployment_agree: { keys: 1, args: 1 },
  device_check: { keys: 1, args: 3 },
  device_deregister: { keys: 1, args: 1 },
  device_lookup: { keys: 1, args: 1 },
  device_mark: { keys: 1, args: 1 },
  device_register: { keys: 1, args: 3 },
  expiry_tidy: { keys: 1, args: 2 },
  job_record: { keys: 1, args: 4 },
  ledger_audit: { keys: 1, args: 2 },
  message_accept: { keys: 1, args: 8 },
  message_ack: { keys: 1, args: 2 },
  message_answer: { keys: 1, args: 2 },
  message_forward: { keys: 1, args: 6 },
  message_pull: { keys: 1, args: 3 },
  metrics_add: { keys: 3, args: 4 },
  metrics_roll_up: { keys: 1, args: 2 },
  month_close: { keys: 2, args: 1 },
  node_beat: { keys: 2, args: 5 },
  node_leave: { keys: 2, args: 1 },
  node_reap: { keys: 1, args: 2 },
  node_tidy: { keys: 1, args: 3 },
  queue_expire: { keys: 1, args: 3 },
  sender_charge: { keys: 1, args: 4 },
} as const;

export type ScriptName = keyof typeof contract;

const luaFolder = join(__dirname, '..', 'lua');

function highest(lua: string, list: 'KEYS' | 'ARGV'): number {
  const indexes = [...lua.matchAll(new RegExp(`\\b${list}\\[(\\d+)\\]`, 'g'))].map((match) => Number(match[1]));
  return Math.max(0, ...indexes);
}

function load(name: ScriptName): Script {
  const path = join(luaFolder, `${name}.lua`);
  const lua = readFileSync(path, 'utf8');
  if (!lua.startsWith('#!lua')) throw new Error(`${path}: the first line must be #!lua`);
  const found = { keys: highest(lua, 'KEYS'), args: highest(lua, 'ARGV') };
  const wanted = contract[name];
  if (found.keys !== wanted.keys || found.args !== wanted.args) {
    throw new Error(
      `${path}: its header names ${found.keys} KEYS and ${found.args} ARGV, the caller passes ${wanted.keys} and ${wanted.args}`,
    );
  }
  return { name, lua, ...found };
}

/** Reads and checks all scripts. @throws Error naming the script whose header and caller disagree */
export function loadScripts(): Script[] {
  return (Object.keys(contract) as ScriptName[]).map(load);
}
