import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Lua script beside this package, with the number of KEYS and ARGV that its header names. */
export type Script = { name: string; lua: string; keys: number; args: number };

/**
 * Every script, with what the TypeScript side passes to it; compared with each header when a process starts. `timed`: does
 * nothing when whoever waits for it has given up. The end of a session, an ack and a sweep stay right however late they are.
 */
const contract = {
  audit_record: { keys: 1, args: 1 },
  bandwidth_add: { keys: 2, args: 4 },
  deployment_agree: { keys: 1, args: 1 },
  device_check: { keys: 1, args: 3, timed: true },
  device_deregister: { keys: 1, args: 1 },
  device_lookup: { keys: 1, args: 1 },
  device_mark: { keys: 1, args: 1, timed: true },
  device_register: { keys: 1, args: 3, timed: true },
  expiry_tidy: { keys: 1, args: 2 },
  job_lock: { keys: 1, args: 2 },
  job_record: { keys: 1, args: 4 },
  job_unlock: { keys: 1, args: 1 },
  ledger_audit: { keys: 1, args: 2 },
  ledger_count: { keys: 1, args: 1 },
  message_accept: { keys: 1, args: 7, timed: true },
  message_ack: { keys: 1, args: 2 },
  message_answer: { keys: 1, args: 2 },
  message_forward: { keys: 1, args: 4, timed: true },
  message_pull: { keys: 1, args: 3, timed: true },
  metrics_add: { keys: 3, args: 4 },
  metrics_roll_up: { keys: 1, args: 2 },
  month_close: { keys: 2, args: 1 },
  node_beat: { keys: 2, args: 5 },
  node_leave: { keys: 2, args: 1 },
  node_reap: { keys: 1, args: 2 },
  node_tidy: { keys: 1, args: 3 },
  queue_expire: { keys: 1, args: 3 },
  sender_charge: { keys: 1, args: 4, timed: true },
} as const;

export type ScriptName = keyof typeof contract;

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

/** Whether the script takes a deadline behind its own arguments. */
export function isTimed(name: ScriptName): boolean {
  return 'timed' in contract[name];
}

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
  // Behind the first line, which Redis reads itself, and in front of the second: the numbers of lines stay.
  return { name, lua: isTimed(name) ? lua.replace('\n', `\n${prelude} `) : lua, ...found };
}

/** Reads and checks all scripts. @throws Error naming the script whose header and caller disagree */
export function loadScripts(): Script[] {
  return (Object.keys(contract) as ScriptName[]).map(load);
}
