/** Reads out of the text of a script what it may do in Redis. */

/** What one script needs. */
export type LuaAccess = {
  /** As in a rule of Redis: `hget`, `pubsub|shardnumsub`. */
  commands: ReadonlySet<string>;
  /** What the names of its keys go on with after the shard's prefix: `queue:`, `ledger`. */
  keys: ReadonlySet<string>;
  publishes: 'yes' | 'no';
  writes: 'yes' | 'no';
};

const anyShard = 'or:{[0-9]*}:';

/** The prefix of a shard alone: what scripts are passed. */
export const prefixPattern = anyShard;

/** Every key of every shard. Redis compares it in one step; the hot path depends on it. */
export const allOfShardPattern = 'or:{[0-9]*';

/** The channels of all nodes. */
export const channelPattern = `${anyShard}to:*`;

/** @param part what follows the prefix: `queue:` for all queues, `ledger` for this one key */
export function shardKeyPattern(part: string): string {
  return `${anyShard}${part}${part.endsWith(':') ? '*' : ''}`;
}

/** Commands whose first argument is a part of their name. */
const containers = new Set(['pubsub', 'cluster', 'config', 'client', 'object', 'memory', 'script', 'xinfo', 'xgroup']);

/** @param lua with what it uses of the prelude in front. @throws Error for a call whose command cannot be read */
export function readLua(name: string, lua: string): LuaAccess {
  const code = lua.replace(/^\s*--.*$/gm, '');
  const commands = new Set<string>();
  for (const [call, word, next] of code.matchAll(/redis\.p?call\(\s*('[A-Za-z]+'|\w+)(?:\s*,\s*'([A-Za-z]+)')?/g)) {
    const called = commandsOf(code, word!);
    if (called.length === 0) throw new Error(`${name}.lua: nobody can read which command \`${call}\` calls.`);
    for (const command of called) {
      commands.add(containers.has(command) ? `${command}|${(next ?? '').toLowerCase()}` : command);
    }
  }
  const parts = Array.from(code.matchAll(/\b(?:shard|lane) \.\. '([a-z_]+:?)/g), ([, part]) => part!);
  return {
    commands,
    keys: new Set(parts.filter((part) => part !== 'to:')),
    publishes: commands.has('spublish') ? 'yes' : 'no',
    writes: /^#!lua.*\bno-writes\b/.test(lua) ? 'no' : 'yes',
  };
}

/** The command stands there, or in the line that gives a local its value. */
function commandsOf(code: string, word: string): string[] {
  if (word.startsWith("'")) return [word.slice(1, -1).toLowerCase()];
  const [line = ''] = new RegExp(`\\blocal ${word} = .*`).exec(code) ?? [];
  return Array.from(line.matchAll(/'([A-Z]{2,})'/g), ([, name]) => name!.toLowerCase());
}
